"""``{errors}``: what wrong commands print, printed by the commands themselves when the page is built."""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

WRONG = (
    "scor",
    "score --output out",
    "score --set age=fifty --output out",
    "score --set HER2=2+ --output out",
    "score --set age=52 --set HR=+ --set HER2=- --output out",
    "score --image MRI_CE=ce.nrrd --output out",
    "score --image MRI_CET1=ce.nrrd --tumor MRI=tumor.nrrd --output out",
    "score --model ispy-radiomic --output out",
    "demo --output letters",
    "extract COHORT.csv --output out",
    "extract COHORT.csv --protocol jang2024 --output out",
    "train features --output out",
    "train features --endpoint pcr2 --output out",
    "train features --endpoint pcr --recipe nac2025 --output out",
    "evaluate model.nacmodel features --output out",
    "compare run --output out",
    "import radiomics.csv --output out",
    "export features --output all.txt",
    "weights install 35",
)


def errors(_: str) -> Iterator[str]:
    """Every command above, run where nothing is but a folder ``letters`` with a file of the user's."""
    for words in WRONG:
        yield f"- `nacresponse {words}`\\\n  {escaped(printed(words))}"


def escaped(text: str) -> str:
    """Letters that Markdown would take for its own."""
    return re.sub(r"([*_<>`\[\]|])", r"\\\1", text.strip())


def printed(words: str) -> str:
    """What a command prints to standard error."""
    from NACResponseLib.cli import main

    said, here = io.StringIO(), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "letters").mkdir()
        (Path(folder) / "letters" / "mine.txt").write_text("mine", encoding="utf-8")
        os.chdir(folder)
        try:
            with redirect_stderr(said), redirect_stdout(io.StringIO()):
                main(words.split())
        finally:
            os.chdir(here)
    return said.getvalue().removeprefix("nacresponse: ").replace(f"{folder}/", "")
