"""The reference says what is: every key, file and column is described, and nothing is described that is not."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from generated import described, parsers, parts_of

from NACResponseLib import __version__
from NACResponseLib.cli import main
from NACResponseLib.config import resources

from ..library.cohort.tiny import make_cohort
from .conftest import ROOT, SOURCES

FILES = yaml.safe_load((SOURCES / "files.yaml").read_text(encoding="utf-8"))
KINDS = ("protocol", "trees", "signatures", "clinical", "variables")
TABLE = resources() / "Models" / "CC-BY-NC-4.0" / "ispy_radiomics.csv"


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_protocol_or_recipe_is_described(kind):
    lacking = [
        f"{place}.{key}"
        for place, part in parts_of(kind).items()
        for key, meaning in described(kind, place, part).items()
        if not meaning
    ]
    assert not lacking


@pytest.mark.parametrize("kind", KINDS)
def test_no_key_is_described_that_does_not_exist(kind):
    ours = yaml.safe_load((SOURCES / "keys.yaml").read_text(encoding="utf-8"))[kind]
    parts = parts_of(kind)
    assert set(ours) <= set(parts)
    for place, keys in ours.items():
        assert set(keys) <= set(described(kind, place, parts[place]))


@pytest.mark.parametrize("name", parsers())
def test_every_option_of_the_command_line_has_a_meaning(name):
    """But for the folder that is written, a model's file, and a choice that names itself."""
    plain = {"output", "modality", "model"}
    for action in parsers()[name]._actions:
        assert action.help or action.dest in plain, f"{name} {action.dest}"


def test_the_wheel_takes_all_resources_but_the_documentation():
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    taken = dict(re.findall(r'^"(Resources/[^"]+)" = "([^"]+)"$', settings, re.MULTILINE))
    there = {f"Resources/{each.name}" for each in (ROOT / "Resources").iterdir() if each.name != "Documentation"}
    assert set(taken) == there
    assert all(target == f"NACResponseLib/{source}" for source, target in taken.items())


def test_the_citation_and_the_changes_name_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "file", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda file: file.name
)
def test_issue_templates_are_forms(file):
    form = yaml.safe_load(file.read_text(encoding="utf-8"))
    if file.name != "config.yml":
        assert form["name"] and form["description"]
        assert {item["type"] for item in form["body"]} <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CHANGELOG.md"])
def test_links_of_the_first_pages_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_every_command_that_writes_a_folder_has_its_files_described():
    writers = {name for name, parser in parsers().items() if any(each.dest == "output" for each in parser._actions)}
    single = {"suggest", "demo", "models rebuild"}  # one file; the files of score
    assert writers - single <= set(FILES)


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> dict[str, Path]:
    """The folder that each command wrote: one patient, a tiny cohort, the table of another program."""
    here = tmp_path_factory.mktemp("written")
    cohort = make_cohort(here / "cohort", 3)
    pd.read_csv(TABLE).head(150).to_csv(here / "radiomics.csv", index=False)
    protocol = ["--protocol", cohort.parent / "protocol.yaml", "--workers", "1"]
    sample = resources() / "SampleData" / "nact06"
    image = [
        "--image",
        sample / "MRI_CET1.nii.gz",
        "--modality",
        "MR",
        "--tumor",
        sample / "tumor_MRI_corrected.nii.gz",
    ]
    train = ["train", here / "import", "--endpoint", "pcr", "--workers", "1"]
    signature = ["--recipe", "ispy-radiomics-signature", "--partitions-from", here / "train" / "partitions.csv"]
    model = here / "train" / "model.nacmodel"
    for name, words in {
        "score": ["demo"],
        "followup": ["followup", here / "score", here / "score"],
        "shell": ["shell", *image],
        "extract": ["extract", cohort, *protocol],
        "stability": ["stability", cohort, *protocol, "--replicates", "2"],
        "import": ["import", here / "radiomics.csv", "--protocol", "ispy-radiomics"],
        "train": [*train, "--recipe", "ispy-radiomics", "--partitions", "2"],
        "signatures": [*train, *signature],
        "compare": ["compare", here / "train"],
        "evaluate": ["evaluate", model, here / "import", "--against", "ispy-clinical-volume"],
    }.items():
        assert main([*map(str, words), "--output", str(here / name)]) == 0, name
    assert main(["review", str(here / "extract"), "--reject", "P1", "--reason", "wrong contour"]) == 0
    (here / "review").mkdir()
    (here / "extract" / "review.csv").rename(here / "review" / "review.csv")
    (here / "export").mkdir()
    assert main(["export", str(here / "import"), "--output", str(here / "export" / "FILE.csv")]) == 0
    return {each.name: each for each in here.iterdir() if each.is_dir()}


COMMANDS = (
    "score",
    "followup",
    "shell",
    "extract",
    "review",
    "stability",
    "import",
    "train",
    "signatures",
    "compare",
    "evaluate",
    "export",
)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_file_and_column_that_is_written_is_described(command, written):
    """And every one that is described is written, but for those of other runs."""
    known = FILES["train" if command == "signatures" else command]
    found = {each.name.replace("FILE.csv", "FILE"): each for each in written[command].iterdir()}
    if command == "import":
        found["features_NAME.parquet"] = found.pop("features_handcrafted.parquet")
    found = {name: file for name, file in found.items() if not re.fullmatch(r"replicate_0[2-9]|\..*", name)}
    assert not set(found) - set(known)
    expected = {name for name, each in known.items() if each.get("when") in (None, command) and "*" not in name}
    assert not expected - set(found)
    for name, file in found.items():
        compare(file, known[name], name)


def compare(file: Path, entry: dict, name: str) -> None:
    if "columns" in entry:
        table = pd.read_parquet(file).reset_index() if file.suffix == ".parquet" else pd.read_csv(file)
        there, known = set(map(str, table.columns)), set(entry["columns"])
    elif "keys" in entry:
        there, known = set(json.loads(file.read_text(encoding="utf-8"))), set(entry["keys"])
    else:
        return
    assert known - {"*"} <= there, f"{name}: described but not there"
    assert "*" in known or there <= known, f"{name}: not described"
