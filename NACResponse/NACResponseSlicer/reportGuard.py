"""A report can come with somebody else's scene: before it is opened, saved or printed, it is forbidden to do anything.

Slicer's web view offers Slicer's Python to the scripts of a page. The first policy in a page is heeded whatever follows
(Content Security Policy Level 3, section 3.3), so it is put before all that the page holds.
"""


def guarded(html: str) -> str:
    """The page behind a policy by which no script runs and nothing is fetched; one that begins so stays as it is."""
    from NACResponseLib.report.page import CONTENT_POLICY

    guard = (
        f'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{CONTENT_POLICY}">\n'
    )
    return html if html.startswith(guard) else guard + html
