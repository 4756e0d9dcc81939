"""Commands that need a package that is not installed, as after ``make demo`` alone."""

import pytest

from NACResponseLib import packages
from NACResponseLib.cli import main, train
from NACResponseLib.features import handcrafted


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["extract", "COHORT.csv"], "pyarrow"),
        (["stability", "COHORT.csv"], "pyarrow"),
        (["train", "features", "--endpoint", "pcr"], "imblearn"),
        (["train", "features", "--endpoint", "pcr"], "matplotlib"),
        (["evaluate", "ispy-clinical-volume", "features"], "matplotlib"),
        (["compare", "run"], "matplotlib"),
    ],
)
def test_what_only_cohorts_need_is_asked_for_before_any_work(words, module, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name == module else object())
    assert main([*words, "--output", str(tmp_path / "out")]) == 2
    errors = capsys.readouterr().err
    assert f"the Python package {module}" in errors and "make install" in errors and errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_pyradiomics_is_asked_for_before_any_work_only_where_it_is_to_compute(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(handcrafted, "find_spec", lambda name: None)
    words = ["extract", str(tmp_path / "COHORT.csv"), "--output", str(tmp_path / "out")]
    assert main(words) == 2
    assert "COHORT.csv" in capsys.readouterr().err
    monkeypatch.setenv("NACRESPONSE_FEATURES", "pyradiomics")
    assert main(words) == 2
    errors = capsys.readouterr().err
    assert "the package pyradiomics" in errors and errors.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_package_missing_in_the_middle_is_one_line_and_status_2(monkeypatch, tmp_path, capsys):
    def run(options):
        import nothing_of_this_name  # noqa: F401

    monkeypatch.setattr(train, "run", run)
    words = ["train", "features", "--endpoint", "pcr", "--output", str(tmp_path / "out")]
    assert main(words) == 2
    assert "nothing_of_this_name" in capsys.readouterr().err
    with pytest.raises(ModuleNotFoundError):
        main([*words, "--debug"])
