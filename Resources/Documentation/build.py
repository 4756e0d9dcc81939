"""Builds the documentation: ``build.py FOLDER`` makes a site that needs no server and fetches nothing.

Further words go to Sphinx: ``-D plot_gallery=0`` runs no example.

Sources are copied beside the site first, so that what the examples write stays out of the repository. Warnings are
errors: a link that leads nowhere, a name that does not exist, an example that fails.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GALLERY = "gallery"  # made by the examples; kept, so that those that are unchanged are not run again
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|embed|video|audio)\b[^>]*\bsrc(?:set)?=[\"'](?:https?:)?//[^\"']+"
    r"|<link\b(?=[^>]*rel=[\"'](?:stylesheet|preload|preconnect|icon))[^>]*href=[\"'](?:https?:)?//[^\"']+"
    r"|@import[^;]*//[^;]+|url\([\"']?(?:https?:)?//[^)]+"
)


def build(site: Path, *options: str) -> int:
    """Writes the site; returns Sphinx's exit status, or 1 where a page would fetch something from elsewhere."""
    sources = ROOT / "build" / "documentation"  # as deep as the sources themselves, so that relative paths hold
    sources.mkdir(parents=True, exist_ok=True)
    for old in sources.iterdir():
        if old.name != GALLERY:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(HERE, sources, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    os.environ.setdefault("MPLBACKEND", "agg")
    shutil.rmtree(site, ignore_errors=True)
    words = ["-b", "html", "-n", "-W", "--keep-going", "-q", "-E", "-d", sources.parent / "doctrees", *options]
    status = sphinx([*map(str, words), str(sources), str(site)])
    outside = fetched(site)
    for place in outside:
        print(f"docs: {place}", file=sys.stderr)
    return status or int(bool(outside))


def fetched(site: Path) -> list[str]:
    """What the pages and style sheets would fetch from other places."""
    files = [file for kind in ("*.html", "*.css") for file in sorted(site.rglob(kind))]
    return [
        f"{file.relative_to(site)}: {found[:120]}"
        for file in files
        for found in FETCHED.findall(file.read_text(encoding="utf-8"))
    ]


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    status = build(target, *sys.argv[2:])
    if not status:
        print(f"Documentation: {target / 'index.html'}")
    sys.exit(status)
