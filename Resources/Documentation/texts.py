"""``{shown} FILE [HEADING]``: a text of the repository, or a section of it, its links led to pages of the site."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REPOSITORY = "https://github.com/NACResponse/SlicerNACResponse/blob/main/"
PAGES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "SECURITY.md": "security.md",
    "NACResponse/Tutorial.md": "howto/slicer.md",
    "NACResponseLib/anatomy/README.md": "anatomy.md",
    "Resources/Models/README.md": "models.md",
    "Resources/Models/CC-BY-NC-4.0/README.md": "radiomics_models.md",
    "Resources/NewStudy.md": "howto/study.md",
    "Testing/benchmarks/README.md": "benchmarks.md",
    "Resources/variables.yaml": "reference/columns.md#clinical-variables",
}
"""Where a file of the repository stands on the site; others are linked in the repository."""


def shown(words: str) -> Iterator[str]:
    name, _, heading = words.partition(" ")
    text = (ROOT / name).read_text(encoding="utf-8")
    if heading:
        text = re.split(rf"^##+ {re.escape(heading)}\n", text, maxsplit=1, flags=re.MULTILINE)[1]
        text = re.split(r"^##? ", text, maxsplit=1, flags=re.MULTILINE)[0]
    yield re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", lambda link: led(name, *link.groups()), text)


def led(name: str, picture: str, text: str, target: str) -> str:
    """A link of a file, as a page of the site has it."""
    if re.match(r"https?:|#|mailto:", target):
        return f"{picture}[{text}]({target})"
    path, _, anchor = target.partition("#")
    file = posixpath.normpath((PurePosixPath(name).parent / path).as_posix())
    own = "Resources/Documentation/"
    if picture:
        return f"![{text}](/../../{file})"
    if file.startswith(own) and (HERE / file.removeprefix(own)).is_file():
        return f"[{text}](/{file.removeprefix(own)}{'#' * bool(anchor)}{anchor})"
    if file in PAGES:
        return f"[{text}](/{PAGES[file]}{'#' * bool(anchor)}{anchor})"
    if not (ROOT / file).exists():
        raise FileNotFoundError(f"{name} links to {target}")
    return f"[{text}]({REPOSITORY}{file})"
