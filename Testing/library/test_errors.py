"""The error that a user meets: whole in another process, too."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from NACResponseLib.cohort.manifest import ManifestError, Problem
from NACResponseLib.errors import InputError, all_of, few, printable, together


def refuse():
    raise InputError("an image", "a text", "give an image")


def test_an_input_error_survives_the_way_between_processes():
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(InputError, match="an image, found a text") as error,
    ):
        pool.submit(refuse).result()
    assert (error.value.expected, error.value.found, error.value.remedy) == ("an image", "a text", "give an image")


def test_an_error_of_a_special_kind_arrives_as_an_input_error_of_the_same_text():
    special = ManifestError("COHORT.csv", (Problem(2, "age", "no number"),))
    copy = pickle.loads(pickle.dumps(special))  # noqa: S301 - our own bytes
    assert type(copy) is InputError and str(copy) == str(special)


def test_every_mistake_arrives_from_another_process():
    several = together([InputError("a", "b", "c"), InputError("d", "e", "f")])
    copy = pickle.loads(pickle.dumps(several))  # noqa: S301 - our own bytes
    assert list(map(str, copy.mistakes)) == list(map(str, several.mistakes)) and len(copy.mistakes) == 2


def test_a_long_list_is_cut_and_says_how_many_more_there_are():
    assert few(["A", "B"]) == "A, B"
    assert few(range(7)) == "0, 1, 2, 3, 4 and 2 more"
    assert few(range(3), 2) == "0, 1 and 1 more"


@pytest.mark.parametrize("parts", [("x" * 9000, "y" * 9000, "z" * 9000), ("a", "y" * 9000, "b"), ("x" * 500, "y", "z")])
def test_an_error_is_a_line_that_fits_on_a_screen_however_long_the_input(parts):
    error = InputError(*parts)
    assert len(str(error)) < 400
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


def test_of_a_long_path_the_end_stays():
    assert "/patient/scan.nrrd" in str(
        InputError("an image", "nothing at " + "/folder" * 90 + "/patient/scan.nrrd", "look")
    )


def test_what_commands_a_terminal_is_marked_and_letters_of_all_languages_stay():
    text = str(InputError("a", "\x1b[2J\x07 \x9b \u202e \ud800 \x00", "b\u2028c"))
    assert text.isprintable() and "\ufffd" in text
    assert printable("Größe 5 mm³, 患者\n\t") == "Größe 5 mm³, 患者\n\t"


def test_several_mistakes_are_one_line_that_says_how_many_do_not_fit():
    two = together([InputError("a", "b", "c"), InputError("d", "e", "f")])
    assert str(two) == "expected a, found b: c; expected d, found e: f" and len(two.mistakes) == 2
    many = together([InputError(f"number {each}", "x" * 60, "correct it") for each in range(30)])
    shown = str(many).count("expected number")
    assert 1 < shown < 30 and str(many).endswith(f"and {30 - shown} more mistakes") and len(str(many)) < 400
    assert len(str(together([InputError("x" * 900, "y" * 900, "z" * 900)] * 3))) < 400


def test_attempts_go_on_after_a_mistake_but_not_for_ever():
    tried = []

    def attempt(number):
        tried.append(number)
        if number != 1:
            raise InputError("a", f"{number}", "c")
        return number

    assert all_of([lambda: attempt(1)]) == [1]
    with pytest.raises(InputError) as error:
        all_of(lambda number=number: attempt(number) for number in range(5))
    assert [each.found for each in error.value.mistakes] == ["0", "2", "3", "4"]
    tried.clear()
    with pytest.raises(InputError) as error:
        all_of(lambda number=number: attempt(number) for number in range(2, 10**6))
    assert len(error.value.mistakes) == len(tried) == 20
