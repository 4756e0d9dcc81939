"""Clinical variables defined as data: what ships, what a user adds, what is refused."""

import math

import pytest
import yaml

from NACResponseLib.clinical import BASIC_VARIABLES, parse_clinical
from NACResponseLib.errors import InputError
from NACResponseLib.variables import known_variables, shipped_variables, variables_from, variables_plain

RCB = {"label": "Androgen receptor", "kind": "yes_no", "levels": [["low"], ["high", "8/9"]], "synonyms": ["AR score"]}


def test_the_variables_of_the_paper_and_those_that_registries_keep_ship():
    asked = {"HR", "T_stage", "Ki67", "menopausal_status", "BMI", "TIL", "subtype", "treatment"}
    assert set(shipped_variables()) >= set(BASIC_VARIABLES) | asked


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Ki67", "15 %", 15),
        ("Ki67", "12,5", 12.5),
        ("BMI", "27.1 kg/m²", 27.1),
        ("menopausal_status", "Post", 2),
        ("subtype", "TNBC", 2),
        ("subtype", "HR+/HER2-", 0),
        ("treatment", "trastuzumab + pertuzumab", 2),
        ("ER", "ja", 1),
        ("ER", "nein", 0),
        ("age", "#N/A", math.nan),
        ("TIL", "not known", math.nan),
    ],
)
def test_values_are_understood_as_they_are_written(name, text, value):
    assert parse_clinical({name: text}).values()[name] == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(("name", "text"), [("Ki67", "101"), ("Ki67", "high"), ("BMI", "3"), ("subtype", "basal")])
def test_a_value_that_cannot_be_understood_is_refused(name, text):
    with pytest.raises(InputError, match=name):
        parse_clinical({name: text})


def test_a_users_variable_is_known_beside_those_that_ship():
    own = variables_from({"AR": RCB}, "test")
    record = parse_clinical({"AR": "8/9", "age": 50}, known_variables(own))
    assert (record.values()["AR"], record.age) == (1, 50)
    with pytest.raises(InputError, match="'AR'"):
        parse_clinical({"AR": "8/9"})


def test_words_that_yaml_takes_for_truth_values_and_numbers_stay_words():
    data = yaml.safe_load("BRCA: {label: BRCA, kind: levels, levels: [[absent, no, 0], [present, yes, 1]]}")
    variable = variables_from(data, "test")["BRCA"]
    assert [variable.parse(text) for text in ("no", "0", "Yes", "1", "present")] == [0, 0, 1, 1, 1]


def test_definitions_survive_being_written_and_read():
    assert variables_from(variables_plain(shipped_variables()), "test") == shipped_variables()


@pytest.mark.parametrize(
    "definition",
    [
        {"kind": "number"},
        {"label": "A", "kind": "number"},
        {"label": "A", "kind": "number", "range": [3, 1]},
        {"label": "A", "kind": "colour"},
        {"label": "A", "kind": "levels", "levels": [["one"]]},
        {"label": "A", "kind": "levels", "levels": [["one"], ["ONE"]]},
        {"label": "A", "kind": "levels", "levels": [["one"], []]},
        {"label": "A", "kind": "levels", "levels": [[f"{k}"] for k in range(999)]},
        {"label": "A", "kind": "yes_no", "levels": [["a"], ["b"], ["c"]]},
        {"label": "A", "kind": "yes_no", "synonym": ["a"]},
        {"label": "A", "kind": "yes_no", "synonyms": [{"a": 1}]},
        {"label": 7, "kind": "yes_no"},
        "yes_no",
    ],
)
def test_a_definition_that_makes_no_sense_is_refused_in_one_line(definition):
    with pytest.raises(InputError) as caught:
        variables_from({"A": definition}, "variables.yaml")
    assert "\n" not in str(caught.value)


def test_a_name_must_be_usable_as_a_column():
    with pytest.raises(InputError):
        variables_from({"../x": RCB}, "variables.yaml")


@pytest.mark.parametrize("name", shipped_variables())
def test_every_value_is_read_again_as_it_was_written(name):
    variable = shipped_variables()[name]
    values = list(variable.level_names)
    if not values:
        low, high = variable.range
        values = [low, low + 0.37 * (high - low), high]
    assert [variable.parse(variable.written(value)) for value in values] == values
    assert variable.written(math.nan) == ""


def test_a_level_whose_words_are_other_numbers_is_written_by_its_name():
    [variable] = variables_from(
        {"A": {"label": "A", "kind": "levels", "levels": [["low", 1], ["high", 2]]}}, "t"
    ).values()
    assert [variable.written(value) for value in (0.0, 1.0)] == ["low", "high"]
    assert variable.parse("1") == 0
