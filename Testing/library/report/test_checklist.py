"""The checklist answers what the run tells and leaves the rest to the authors."""

import json
import re

from NACResponseLib.report.checklist import LEFT_TO_AUTHORS, checklist
from NACResponseLib.report.training_run import read_run

from .simulated_run import simulate_run


def test_every_item_of_clear_is_answered_or_left_to_the_authors(tmp_path):
    left = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", LEFT_TO_AUTHORS):
        left |= set(range(int(first), int(last or first) + 1))
    answered = [item.number for item in checklist(read_run(simulate_run(tmp_path / "run", patients=60, partitions=2)))]
    assert sorted([*answered, *left]) == list(range(1, 59))


def test_what_the_recipe_does_not_say_is_not_made_up(tmp_path):
    folder = simulate_run(tmp_path / "run", patients=60, partitions=2)
    told = {item.number: item.answer for item in checklist(read_run(folder))}
    assert told[32] == "scaling: robust; harmonization: combat yes, parametric yes, shape no."
    assert told[34] == "Not in the recipe: for the authors."
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about["recipe_text"] = {}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    assert {item.number: item.answer for item in checklist(read_run(folder))}[32].endswith("for the authors.")
