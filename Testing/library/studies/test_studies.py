"""The synthetic studies themselves: that their truth is what they say it is."""

import filecmp

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from NACResponseLib.features.table import read_table, table_file
from NACResponseLib.model.protocols import check_protocol
from Testing.studies import EFFECTS, STUDIES, population
from Testing.study_columns import changes
from Testing.study_files import make_study


@pytest.fixture(scope="module", params=sorted(STUDIES))
def study(request):
    return request.param


def tables(folder):
    return {path.name: read_table(path) for path in sorted(folder.glob("features_*.parquet"))}


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_outcome_is_as_common_as_the_study_says(study, effect):
    made = population(study)
    drawn = made.draw(20_000, np.random.default_rng(5), effect)
    assert drawn.outcome.mean() == pytest.approx(made.study.prevalence, abs=0.01)


def test_the_final_model_can_do_nearly_what_the_true_log_odds_can(study):
    made = population(study)
    drawn = made.draw(50_000, np.random.default_rng(6))
    best = roc_auc_score(drawn.outcome, drawn.log_odds)
    assert made.oracle()[made.recipe["final"]].auc == pytest.approx(best, abs=0.012)


def test_where_only_clinical_variables_count_images_predict_but_add_nothing(study):
    made = population(study)
    found = made.oracle("clinical_only")
    for larger, smaller in made.recipe["nested"]:
        if set(made.study.clinical) <= set(made.models[smaller]):
            assert found[larger].auc - found[smaller].auc < 0.002
    images = [name for name in made.models if set(made.models[name]) <= set(made.blocks)]
    assert all(0.53 < found[name].auc < found["clinical"].auc for name in images)


def test_the_columns_know_what_the_oracle_knows(study):
    """A ridge regression on all columns of many patients comes near the oracle of a signature alone."""
    made = population(study)
    drawn = made.draw(6000, np.random.default_rng(7))
    for name, block in made.blocks.items():
        values = block.columns(drawn.latent[name], np.random.default_rng(8))
        values = (values - values.mean(axis=0)) / values.std(axis=0)
        fitted = LogisticRegression(C=0.001, max_iter=500).fit(values[:3000], drawn.outcome[:3000])
        reached = roc_auc_score(drawn.outcome[3000:], fitted.decision_function(values[3000:]))
        alone = next(made.oracle()[model].auc for model in made.models if made.models[model] == (name,))
        assert reached == pytest.approx(alone, abs=0.03)


def test_the_family_of_a_cause_follows_it_and_other_columns_are_collinear_too(study):
    made = population(study)
    drawn = made.draw(2000, np.random.default_rng(9))
    for name, block in made.blocks.items():
        values = pd.DataFrame(block.columns(drawn.latent[name], np.random.default_rng(1)), columns=list(block.names))
        ranks = values.corr("spearman").abs()
        for cause, *followers in block.families:
            assert (ranks.loc[cause, followers] > 0.6).all()
        assert 0.1 < ranks.to_numpy()[np.triu_indices(len(ranks), 1)].mean() < 0.5


def test_without_an_effect_no_column_knows_the_outcome(study, tmp_path):
    made = make_study(tmp_path, study, 400, effect="null")
    outcome = made.draw(400, np.random.default_rng([0, 400]), "null").outcome.astype(bool)
    for table in tables(tmp_path).values():
        values = table.values.to_numpy()
        p = mannwhitneyu(values[outcome], values[~outcome]).pvalue
        assert p.min() > 0.001 / len(p)
        assert (p < 0.05).mean() < 0.2  # correlated: few or many at once


def test_a_change_is_what_lies_between_its_two_times(tmp_path):
    made = make_study(tmp_path, "li2026", 30)
    found = 0
    for table in tables(tmp_path).values():
        for _, change, before, after in changes(made.protocol, list(table.values.columns)):
            found += 1
            np.testing.assert_allclose(table.values[after] - table.values[before], table.values[change], rtol=1e-9)
    assert found > 50


def test_the_tables_are_those_of_the_protocol(study, tmp_path):
    made = make_study(tmp_path, study, 20)
    for name, table in tables(tmp_path).items():
        assert check_protocol(table.metadata, name) == made.protocol
        assert table.metadata["synthetic"] is True
        assert table.values.shape[0] == 20
        assert table.values.notna().all(axis=None)


def test_one_seed_gives_one_cohort_and_another_seed_other_patients_of_one_population(study, tmp_path):
    for folder, seed in (("a", 1), ("again", 1), ("b", 2)):
        make_study(tmp_path / folder, study, 25, seed)
    files = [path.name for path in (tmp_path / "a").iterdir()]
    assert filecmp.cmpfiles(tmp_path / "a", tmp_path / "again", files, shallow=False)[0] == files
    assert "cases.csv" in filecmp.cmpfiles(tmp_path / "a", tmp_path / "b", files, shallow=False)[1]
    assert population(study).blocks.keys() == STUDIES[study].signatures.keys()
    assert {path.name for path in (tmp_path / "a").glob("features_*")} == {
        table_file(tmp_path, block.feature_set).name for block in population(study).blocks.values()
    }
