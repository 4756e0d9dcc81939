"""Every page forbids scripts and everything from outside; a browser shows it under that policy as it is."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from NACResponseLib.report import page
from NACResponseLib.report.patient import patient_report

TEMPLATES = Path(page.__file__).parent / "templates"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def test_every_template_of_a_page_has_the_policy_before_its_styles():
    pages = [file for file in TEMPLATES.glob("*.html.j2") if "<head>" in file.read_text(encoding="utf-8")]
    assert len(pages) >= 3
    for file in pages:
        text = file.read_text(encoding="utf-8")
        assert text.index('<meta http-equiv="Content-Security-Policy" content="{{ content_policy }}">') < text.index(
            "<style>"
        )


def test_no_template_has_what_the_policy_forbids():
    forbidden = re.compile(
        r"<script|\son\w+\s*=|javascript:|<iframe|<object|<embed|<form|<link|@import|url\((?!data:)", re.I
    )
    for file in TEMPLATES.iterdir():
        assert not forbidden.search(file.read_text(encoding="utf-8")), file.name


def in_browser(html, folder):
    """The page's title after a browser has loaded it, and what it refused."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    words = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    words += ["--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", file.as_uri()]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no browser here")
def test_a_browser_runs_no_script_of_a_page_and_misses_nothing_of_ours(contents, tmp_path):
    html = patient_report(contents)
    shown, refused = in_browser(html, tmp_path)
    assert "Predicted response" in shown and not refused
    picture = base64.b64encode(b"GIF89a").decode()
    bad = "<script>document.body.innerHTML = 'ran'</script><img src=x onerror=\"document.body.innerHTML = 'ran'\">"
    bad += f"<img src='data:image/gif;base64,{picture}'><link rel=stylesheet href='file:///etc/passwd'>"
    shown, refused = in_browser(html.replace("<main>", f"<main>{bad}"), tmp_path)
    assert "Predicted response" in shown and "<body>ran" not in shown and len(refused) >= 2
