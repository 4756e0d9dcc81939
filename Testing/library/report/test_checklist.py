"""The checklists answer what the run states and leave the rest to the authors."""

import json
import re
from dataclasses import replace

from NACResponseLib.report.checklists import LEFT
from NACResponseLib.report.checklists.clear import LEFT_TO_AUTHORS, clear
from NACResponseLib.report.checklists.probast_ai import development_questions, external_questions, internal_questions
from NACResponseLib.report.checklists.studies import parts
from NACResponseLib.report.checklists.tripod_ai import evaluation_items, training_items
from NACResponseLib.training.saved_run import read_run

from .simulated_run import simulate_run
from .simulated_signatures import simulate_signature_run

EVALUATED = {
    "positive_class": "pathological complete response",
    "negative_class": "residual disease",
    "patients": 90,
    "positives": 28,
    "synthetic": False,
}


def test_every_item_of_clear_is_answered_or_left_to_the_authors(tmp_path):
    left = set()
    for first, last in re.findall(r"(\d+)(?: to (\d+))?", LEFT_TO_AUTHORS):
        left |= set(range(int(first), int(last or first) + 1))
    answered = [int(item.number) for item in clear(read_run(simulate_run(tmp_path / "run", patients=60, partitions=2)))]
    assert sorted([*answered, *left]) == list(range(1, 59))


def test_what_the_recipe_does_not_say_is_not_made_up(tmp_path):
    folder = simulate_run(tmp_path / "run", patients=60, partitions=2)
    answers = {int(item.number): item.answer for item in clear(read_run(folder))}
    assert re.search("scaling: robust.*parametric yes, shape no", answers[32])
    assert "for the authors" in answers[34]
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about["recipe_text"] = {}
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    assert {int(item.number): item.answer for item in clear(read_run(folder))}[32].endswith("for the authors.")


def parts_of_items(items):
    return [item.number for item in items]


def test_all_27_items_of_tripod_ai_are_there_with_their_parts(tmp_path):
    run = read_run(simulate_run(tmp_path / "run", patients=60, partitions=2))
    numbers = parts_of_items(training_items(run))
    assert sorted({int(re.match(r"\d+", number).group()) for number in numbers}) == list(range(1, 28))
    # Parts as published: 3a-c, 5a-b, 6a-c, 8a-c, 9a-c, 12a-g, 18a-f, 20a-c, 23a-b, 27a-c.
    letters: dict[str, str] = {}
    for number in numbers:
        whole, letter = re.fullmatch(r"(\d+)([a-g]?)", number).groups()
        letters[whole] = letters.get(whole, "") + letter
    assert {number: parts for number, parts in letters.items() if parts} == {
        "3": "abc", "5": "ab", "6": "abc", "8": "abc", "9": "abc", "12": "abcdefg", "18": "abcdef", "20": "abc",
        "23": "ab", "27": "abc",
    }  # fmt: skip
    assert numbers == parts_of_items(evaluation_items(**EVALUATED))


def test_a_training_run_answers_what_it_knows_and_leaves_the_rest(tmp_path):
    run = read_run(simulate_run(tmp_path / "run", patients=60, partitions=2))
    answers = {item.number: item.answer for item in training_items(run)}
    assert "trees" in answers["12b"]
    assert answers["13"].startswith("sampling: method smotenc")
    assert f"{run.about['n_positive']} with pathological complete response" in answers["20a"]
    for number in ("1", "4", "6b", "8b", "14", "17", "18a", "18d", "19", "25", "27c"):
        assert answers[number] == LEFT, number


def test_a_study_of_signatures_answers_for_its_own_kind(tmp_path):
    run = read_run(simulate_signature_run(tmp_path / "run", partitions=2, model=False))
    answers = {item.number: item.answer for item in training_items(run)}
    assert answers["13"] == "No oversampling."
    assert "log-odds" in answers["12b"]
    assert re.search("LASSO.*best.*Logistic regression", answers["12c"])
    assert "None" not in " ".join(answers.values())
    assert "Clinical only: " in answers["9a"]
    by_clear = {item.number: item.answer for item in clear(run)}
    assert by_clear["34"].endswith("Linear discriminant analysis, Random forest.")
    assert by_clear["30"].endswith("No oversampling.")


def test_an_evaluation_answers_only_what_was_done():
    bare = {item.number: item.answer for item in evaluation_items(**EVALUATED)}
    assert (bare["14"], bare["20c"], bare["23b"]) == (LEFT, LEFT, LEFT)
    assert bare["24"] == "None."
    assert re.match("90 patients.* 28 with pathological complete response", bare["20a"])
    assert "28 of the rarer class" in bare["10"]
    whole = evaluation_items(
        **EVALUATED, subgroups=("receptor subtype", "scanner"), drift=True, recalibrated=True, unscored=3,
        provenance={"model": {"sha256": "9f86d081"}},
    )  # fmt: skip
    answers = {item.number: item.answer for item in whole}
    assert answers["23b"] == "By receptor subtype, scanner."
    assert "3 more could not be scored" in answers["20a"]
    assert "9f86d081" in answers["12g"]
    assert "set beside the training patients'" in answers["16"]
    assert "awaits patients" in answers["24"]


def test_repeated_cross_validation_is_not_called_random_partitions(tmp_path):
    run = read_run(simulate_signature_run(tmp_path / "run", partitions=10, model=False))
    assert parts(run) == "10 random partitions"
    folds = {**run.recipe, "validation": {"scheme": "folds", "folds": 3, "outer_folds": 5, "repeats": 10}}
    of_folds = replace(run, about={**run.about, "recipe_text": folds})
    assert re.findall(r"\d+", parts(of_folds)) == ["10", "5", "2"] and "cross-validation" in parts(of_folds)
    answers = [item.answer for item in (*clear(of_folds), *training_items(of_folds))]
    assert not any("random partitions" in answer for answer in answers)
    assert any("3-fold cross-validation" in answer for answer in answers)


def test_probast_ai_has_its_sixteen_and_eighteen_questions_in_four_domains(tmp_path):
    # As published (Moons et al., BMJ 2025): 3, 4 and 4 questions of the first three domains, 5 and 7 of the analysis.
    simulated = (simulate_run(tmp_path / "trees", patients=60, partitions=2),)
    simulated += (simulate_signature_run(tmp_path / "signatures", partitions=2, model=False),)
    for run in map(read_run, simulated):
        for items, last in ((development_questions(run), 5), (internal_questions(run), 7)):
            expected = [f"{domain}.{n + 1}" for domain, count in enumerate((3, 4, 4, last), 1) for n in range(count)]
            assert parts_of_items(items) == expected
            assert {item.number for item in items if item.answer == LEFT} >= {"1.1", "2.3", "3.3"}


def test_an_evaluation_on_the_models_own_patients_is_answered_as_one():
    answers = {item.number: item.answer for item in external_questions(patients=90, positives=28)}
    assert len(answers) == 18 and "28 of the rarer class" in answers["4.2"] and not answers["4.1"].startswith("No")
    own = {item.number: item.answer for item in external_questions(patients=9, positives=3, learned_from="trained on")}
    assert own["4.1"].startswith("No: ")
    items = evaluation_items(**EVALUATED, learned_from="trained on")
    assert "No evaluation" in {item.number: item.answer for item in items}["12a"]
