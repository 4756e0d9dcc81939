"""``nacresponse import``: from a colleague's spreadsheet to a model, and to the next patient's score."""

import csv
import json

import numpy as np
import pytest

from NACResponseLib.cli import main

PATIENTS = 60
FEATURES = ("original_glcm_Contrast", "original_shape_Sphericity", "wavelet-LLH_firstorder_Mean")
RECIPE_LINES = """
variables:
  AR: {label: Androgen receptor, kind: yes_no, levels: [[low], [high]]}
"""


def rows(patients: int, seed: int) -> list[dict[str, str]]:
    """Features and clinical values of which Ki-67 and the first feature go with the outcome."""
    rng = np.random.default_rng(seed)
    outcome = np.arange(patients) % 3 == 0
    ki67 = np.clip(rng.normal(20, 8, patients) + 25 * outcome, 1, 95)
    values = rng.normal(size=(patients, len(FEATURES)))
    values[:, 0] += 1.2 * outcome
    return [
        {
            "Patient ID": f"{k:03d}",
            "Age at diagnosis": str(rng.integers(30, 75)),
            "ER status": "+" if rng.random() < 0.6 else "-",
            "Ki-67 (%)": f"{ki67[k]:.0f}",
            "AR": "high" if rng.random() < 0.5 else "low",
            "Response": "pCR" if outcome[k] else "RD",
            **{name: repr(float(value)) for name, value in zip(FEATURES, values[k], strict=True)},
        }
        for k in range(patients)
    ]


def write(path, table):
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    from NACResponseLib.config import resources

    folder = tmp_path_factory.mktemp("import")
    write(folder / "radiomics.csv", rows(PATIENTS, 1))
    recipe = (resources() / "Recipes" / "nac2026.yaml").read_text(encoding="utf-8")
    recipe = recipe.replace("clinical: [age, ER,", "clinical: [Ki67, AR, age, ER,") + RECIPE_LINES
    (folder / "mine.yaml").write_text(recipe, encoding="utf-8")
    endpoint = (
        "column: Response\npositive_class: pCR\nnegative_class: residual disease\npositive: [pCR]\nnegative: [RD]\n"
    )
    (folder / "response.yaml").write_text(endpoint, encoding="utf-8")
    assert main(["import", str(folder / "radiomics.csv"), "--output", str(folder / "features")]) == 0
    arguments = ["--endpoint", str(folder / "response.yaml"), "--recipe", str(folder / "mine.yaml")]
    arguments += ["--output", str(folder / "run"), "--partitions", "2", "--workers", "1"]
    assert main(["train", str(folder / "features"), *arguments]) == 0
    return folder


def test_a_dry_run_lists_the_columns_and_writes_nothing(tmp_path, capsys):
    path = write(tmp_path / "radiomics.csv", rows(4, 1))
    assert main(["import", str(path), "--output", str(tmp_path / "out"), "--dry-run"]) == 0
    printed = capsys.readouterr().out
    assert "3 features" in printed and "Age at diagnosis -> age" in printed and "Ki-67 (%) -> Ki67" in printed
    assert "Response" in printed and "not used" in printed
    assert not (tmp_path / "out").exists()


def test_patients_of_one_table_alone_give_exit_status_1(tmp_path, capsys):
    table = [{name: row[name] for name in ("Patient ID", *FEATURES)} for row in rows(4, 1)]
    cases = [{name: row[name] for name in ("Patient ID", "Response")} for row in rows(5, 1)]
    arguments = [str(write(tmp_path / "t.csv", table)), "--cases", str(write(tmp_path / "c.csv", cases))]
    assert main(["import", *arguments, "--output", str(tmp_path / "out")]) == 1
    assert "004: no row in t.csv" in capsys.readouterr().err


def test_the_model_learned_from_the_imported_table_and_the_users_variables(trained):
    about = json.loads((trained / "run" / "run.json").read_text(encoding="utf-8"))
    assert {"radiomics", "clinical", "radiomics_alone"} <= set(about["feature_sets"])
    assert (about["endpoint"], about["n_positive"]) == ("response", PATIENTS // 3)
    report = (trained / "run" / "report.html").read_text(encoding="utf-8")
    assert "Androgen receptor, high" in report and "Ki-67" in report


def test_the_next_patient_is_scored_from_a_row_of_values(trained, tmp_path, capsys):
    new = write(tmp_path / "new.csv", rows(3, 2))
    model = ["score", "--model", str(trained / "run" / "model.nacmodel")]
    assert main([*model, "--features", str(new), "--patient-id", "002", "--output", str(tmp_path / "a")]) == 0
    score = json.loads((tmp_path / "a" / "score.json").read_text(encoding="utf-8"))
    assert score["patient_id"] == "002" and score["model"]["endpoint"] == "response"
    shown = {item["feature"]: item["shown"] for item in score["contributions"]}
    assert shown["Ki67"].replace("\N{NO-BREAK SPACE}", " ").startswith(rows(3, 2)[2]["Ki-67 (%)"])
    typed = ["--set", "Ki67=90", "--set", "AR=low", "--output", str(tmp_path / "b")]
    assert main([*model, "--features", str(new), "--patient-id", "002", *typed]) == 0
    other = json.loads((tmp_path / "b" / "score.json").read_text(encoding="utf-8"))
    assert other["probability"] != score["probability"]
    capsys.readouterr()
    assert main([*model, "--features", str(new), "--patient-id", "2", "--output", str(tmp_path / "c")]) == 2
    assert "leading zeros" in capsys.readouterr().err
    assert main([*model, "--set", "Ki67=90", "--output", str(tmp_path / "c")]) == 2
    assert "--features FILE" in capsys.readouterr().err


def test_the_set_of_another_hospital_must_bear_the_name_of_the_models(trained, tmp_path, capsys):
    write(tmp_path / "theirs.csv", rows(3, 2))
    assert main(["import", str(tmp_path / "theirs.csv"), "--output", str(tmp_path / "features")]) == 0
    model = str(trained / "run" / "model.nacmodel")
    assert main(["evaluate", model, str(tmp_path / "features"), "--output", str(tmp_path / "out")]) == 2
    assert "--name radiomics" in capsys.readouterr().err


def test_the_frozen_model_is_validated_on_another_import_by_its_own_words(trained, tmp_path):
    write(tmp_path / "radiomics.csv", rows(40, 3))
    assert main(["import", str(tmp_path / "radiomics.csv"), "--output", str(tmp_path / "features")]) == 0
    model = str(trained / "run" / "model.nacmodel")
    assert main(["evaluate", model, str(tmp_path / "features"), "--output", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "metrics.csv").open(encoding="utf-8") as stream:
        found = {row["metric"]: float(row["value"]) for row in csv.DictReader(stream)}
    assert found["auc"] > 0.7  # the outcome goes with Ki-67 and a feature there, too


def test_a_cohort_whose_cases_a_spreadsheet_saved_without_leading_zeros_is_not_evaluated(trained, tmp_path, capsys):
    write(tmp_path / "radiomics.csv", rows(40, 3))
    assert main(["import", str(tmp_path / "radiomics.csv"), "--output", str(tmp_path / "features")]) == 0
    cases = tmp_path / "features" / "cases.csv"
    cases.write_text(cases.read_text(encoding="utf-8").replace("\n007,", "\n7,"), encoding="utf-8")
    model = str(trained / "run" / "model.nacmodel")
    assert main(["evaluate", model, str(tmp_path / "features"), "--output", str(tmp_path / "out")]) == 2
    assert "found 7 and 007" in capsys.readouterr().err


def test_a_table_of_another_program_in_the_folder_is_not_passed_over(trained, tmp_path, capsys):
    import shutil

    shutil.copy(trained / "features" / "cases.csv", tmp_path)
    shutil.copy(trained / "radiomics.csv", tmp_path)
    endpoint = str(trained / "response.yaml")
    assert main(["train", str(tmp_path), "--endpoint", endpoint, "--output", str(tmp_path / "run")]) == 2
    assert "nacresponse import radiomics.csv" in capsys.readouterr().err
