"""ComBat against neuroCombat's own figures, against formulas, and at the edges where neuroCombat is undefined."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from neuroCombat import neuroCombat
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from NACResponseLib.errors import InputError
from NACResponseLib.estimators.combat import ComBatHarmonizer, HarmonizationWarning

REAL = Path(__file__).parents[4] / "shared" / "data" / "mamamia_radiomics" / "mamamia_radiomics_dev.csv"
REFERENCE = Path(__file__).parents[2] / "reference" / "combat"
FORMS = pytest.mark.parametrize("parametric", [True, False], ids=["parametric", "nonparametric"])


def table_of(values, scanner, **columns):
    return pd.DataFrame(values, columns=[f"f{index}" for index in range(values.shape[1])]).assign(
        scanner=scanner, **columns
    )


def learned(harmonizer):
    return {name: value for name, value in vars(harmonizer).items() if name.endswith("_")}


@pytest.fixture
def cohort():
    """60 patients, 12 features, scanners A (40) and B (20); B shifts every feature by 2 and doubles it."""
    rng = np.random.default_rng(1)
    clean = rng.normal(size=(60, 12))
    scanner = np.repeat(["A", "B"], [40, 20])
    return table_of(np.where(scanner[:, None] == "B", 2 + 2 * clean, clean), scanner)


class TestContract:
    """scikit-learn's own checks. A scanner column of objects and one with missing values are beyond what it expects."""

    @parametrize_with_checks(
        [ComBatHarmonizer(), ComBatHarmonizer(parametric=False), ComBatHarmonizer(batch=0)],
        expected_failed_checks=lambda estimator: (
            {}
            if estimator.batch is None
            else {
                "check_dtype_object": "the scanner's column may hold any label",
                "check_estimators_pickle": "puts NaN into the scanner's column",
            }
        ),
    )
    @pytest.mark.filterwarnings("ignore::NACResponseLib.estimators.combat.HarmonizationWarning")
    def test_scikit_learn_accepts_the_estimator(self, estimator, check):
        check(estimator)


class TestAgainstNeuroCombat:
    @FORMS
    @pytest.mark.parametrize("name", ["two_scanners", "three_scanners", "covariates"])
    def test_training_patients_get_the_values_that_neurocombat_gives_them(self, name, parametric):
        stored = np.load(REFERENCE / f"{name}.npz")
        table = table_of(stored["values"], stored["scanner"])
        preserved = {}
        if name == "covariates":
            table = table.assign(sex=stored["sex"], age=stored["age"])
            preserved = {"categorical_covariates": ["sex"], "continuous_covariates": ["age"]}
        expected = stored["parametric" if parametric else "nonparametric"]

        found = ComBatHarmonizer("scanner", parametric=parametric, **preserved).fit_transform(table)

        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-8)

    @FORMS
    def test_a_larger_table_agrees_with_neurocombat(self, parametric):
        rng = np.random.default_rng(5)
        values, scanner = rng.gamma(3, size=(177, 400)), rng.choice(["A", "B", "C"], 177)
        values *= 1 + 0.3 * (scanner == "B")[:, None]
        expected = neuroCombat(values.T.copy(), pd.DataFrame({"scanner": scanner}), "scanner", parametric=parametric)
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(table_of(values, scanner))
        np.testing.assert_allclose(found, expected["data"].T, rtol=1e-10, atol=1e-10)

    @pytest.mark.parametrize("preserved", [{}, {"continuous_covariates": ["age"]}], ids=["plain", "age preserved"])
    @pytest.mark.skipif(not REAL.is_file(), reason="needs the public table of radiomic features in ../shared/data")
    def test_radiomic_features_of_839_real_patients_get_neurocombats_values(self, preserved, monkeypatch):
        """The table does not give their scanners: three are dealt among them, to compare values and no gain."""
        table = pd.read_csv(REAL)
        features = [name for name in table if name.startswith("original_")]
        scanner = np.array(["A", "B", "C"])[pd.util.hash_pandas_object(table.index, index=False) % 3]
        covariates = pd.DataFrame({"scanner": scanner, "age": table["age"].fillna(50).round()})
        expected = neuroCombat(
            table[features].to_numpy().T, covariates, "scanner", continuous_cols=["age"] if preserved else None
        )["data"].T
        given = table[features].assign(**covariates) if preserved else table[features].assign(scanner=scanner)
        own = ComBatHarmonizer("scanner", **preserved).fit_transform(given)
        monkeypatch.setattr("NACResponseLib.estimators.neurocombat.is_defined", lambda *given: False)
        ours = ComBatHarmonizer("scanner", **preserved).fit_transform(given)
        scale = np.abs(expected).max(axis=0)
        np.testing.assert_allclose(own / scale, expected / scale, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(ours / scale, expected / scale, rtol=1e-10, atol=1e-10)


class TestNewPatients:
    @FORMS
    def test_one_patient_alone_gets_the_values_it_gets_among_others(self, cohort, parametric):
        harmonizer = ComBatHarmonizer("scanner", parametric=parametric).fit(cohort)
        together = harmonizer.transform(cohort)
        alone = np.vstack([harmonizer.transform(cohort.iloc[[row]]) for row in range(len(cohort))])
        np.testing.assert_array_equal(alone, together)

    def test_scanners_known_in_advance_are_brought_together_in_patients_never_seen(self):
        rng = np.random.default_rng(2)
        clean = rng.normal(size=(4000, 8))
        scanner = rng.choice(["A", "B"], 4000)
        table = table_of(np.where(scanner[:, None] == "B", 3 + 2 * clean, clean), scanner)
        new = slice(2000, None)
        found = ComBatHarmonizer("scanner").fit(table[:2000]).transform(table[new])
        for label in "AB":
            part = found[scanner[new] == label]
            assert np.ptp([part.mean(axis=0), found.mean(axis=0)], axis=0).max() < 0.12
            assert np.abs(part.std(axis=0) / found.std(axis=0) - 1).max() < 0.1
        within = [np.corrcoef(found[:, feature], clean[new, feature])[0, 1] for feature in range(8)]
        assert min(within) > 0.99

    def test_an_unseen_scanner_leaves_its_patients_alone_with_a_warning(self, cohort):
        harmonizer = ComBatHarmonizer("scanner").fit(cohort)
        new = cohort.iloc[[0, 50, 1]].copy()
        new.loc[new.index[2], "scanner"] = "C"
        with pytest.warns(HarmonizationWarning, match="left as they are: C"):
            found = harmonizer.transform(new)
        np.testing.assert_array_equal(found[2], new.iloc[2, :12].astype(float))
        np.testing.assert_array_equal(found[:2], harmonizer.transform(cohort.iloc[[0, 50]]))

    def test_an_unseen_or_missing_scanner_is_refused_on_demand(self, cohort):
        harmonizer = ComBatHarmonizer("scanner", unseen="refuse").fit(cohort)
        for label, shown in (("C", "found C"), (None, r"found \(not given\)")):
            with pytest.raises(InputError, match=shown):
                harmonizer.transform(cohort.iloc[[0]].assign(scanner=label))

    def test_a_scanner_written_as_text_or_as_a_number_is_the_same(self, cohort):
        coded = cohort.assign(scanner=np.where(cohort["scanner"] == "A", 1, 2))
        harmonizer = ComBatHarmonizer("scanner", unseen="refuse").fit(coded)
        expected = harmonizer.transform(coded)
        for kind in (float, str):
            np.testing.assert_array_equal(harmonizer.transform(coded.astype({"scanner": kind})), expected)


class TestSmallAndDegenerate:
    @FORMS
    def test_one_scanner_changes_nothing_and_says_so(self, cohort, parametric):
        only = cohort[cohort["scanner"] == "A"]
        with pytest.warns(HarmonizationWarning, match="one scanner"):
            found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(only)
        np.testing.assert_array_equal(found, only.drop(columns="scanner"))

    @FORMS
    def test_a_scanner_of_one_patient_is_shifted_but_not_scaled_and_gives_no_nan(self, cohort, parametric):
        table = cohort.iloc[:41]
        with pytest.warns(HarmonizationWarning, match=r"few training patients.*B \(1\)"):
            harmonizer = ComBatHarmonizer("scanner", parametric=parametric).fit(table)
        assert np.isfinite(harmonizer.transform(table)).all()
        np.testing.assert_allclose(harmonizer.delta_[1], 1, rtol=1e-12)
        assert (harmonizer.gamma_[1] != 0).all()

    def test_the_shift_of_a_scanner_of_one_patient_is_the_posterior_mean_of_a_normal(self, cohort):
        table = cohort.iloc[:41]
        values = table.drop(columns="scanner").to_numpy()
        grand, pooled = values.mean(axis=0), np.sqrt(40 * values[:40].var(axis=0) / 41)
        own = (values[40] - grand) / pooled
        centre, spread = own.mean(), own.var(ddof=1)
        with pytest.warns(HarmonizationWarning):
            harmonizer = ComBatHarmonizer("scanner").fit(table)
        np.testing.assert_allclose(harmonizer.gamma_[1], (spread * own + centre) / (spread + 1), rtol=1e-10)

    @FORMS
    def test_a_scanner_of_two_patients_is_estimated_with_a_warning(self, cohort, parametric):
        with pytest.warns(HarmonizationWarning, match=r"B \(2\)"):
            found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(cohort.iloc[:42])
        assert np.isfinite(found).all()

    @FORMS
    def test_a_feature_without_variance_passes_unchanged_and_changes_no_other(self, cohort, parametric):
        expected = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(cohort)
        table = cohort.copy()
        table.insert(3, "constant", 0.1)
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(table)
        np.testing.assert_array_equal(found[:, 3], 0.1)
        np.testing.assert_array_equal(np.delete(found, 3, axis=1), expected)

    def test_a_feature_that_only_shows_the_scanner_passes_unchanged_with_a_warning(self, cohort):
        telling = np.where(cohort["scanner"] == "A", 0.1, 0.7)
        with pytest.warns(HarmonizationWarning, match="1 features .*constant"):
            found = ComBatHarmonizer("scanner").fit_transform(cohort.assign(telling=telling))
        np.testing.assert_array_equal(found[:, -1], telling)
        np.testing.assert_array_equal(found[:, :-1], ComBatHarmonizer("scanner").fit_transform(cohort))

    @FORMS
    def test_one_feature_alone_is_standardized_by_its_own_mean_and_variance(self, cohort, parametric):
        table = cohort[["f0", "scanner"]]
        groups = [table.loc[table["scanner"] == label, "f0"].to_numpy() for label in "AB"]
        grand = np.concatenate(groups).mean()
        pooled = np.sqrt(sum(group.var() * len(group) for group in groups) / 60)
        expected = [(group - group.mean()) / group.std(ddof=1) * pooled + grand for group in groups]
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(table)
        np.testing.assert_allclose(found[:, 0], np.concatenate(expected), rtol=1e-12, atol=1e-12)

    @FORMS
    def test_features_that_are_copies_of_one_another_stay_copies(self, cohort, parametric):
        table = cohort[["f0", "f0", "f0", "scanner"]].set_axis(["a", "b", "c", "scanner"], axis=1)
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(table)
        alone = ComBatHarmonizer("scanner").fit_transform(cohort[["f0", "scanner"]])
        np.testing.assert_allclose(found, np.repeat(alone, 3, axis=1), rtol=1e-9, atol=1e-9)

    def test_many_patients_do_not_underflow_the_nonparametric_likelihood(self):
        """With 2,500 patients a scanner the likelihood is below the least double, and the prior hardly matters."""
        rng = np.random.default_rng(6)
        values, scanner = rng.normal(size=(5000, 6)), np.repeat(["A", "B"], 2500)
        values[2500:] += np.linspace(0, 1, 6)
        with np.errstate(all="raise", under="ignore"):
            harmonizer = ComBatHarmonizer("scanner", parametric=False).fit(table_of(values, scanner))
        nearest = [np.delete(np.linspace(-0.5, 0, 6)[::-1], feature) for feature in range(6)]
        shift = harmonizer.gamma_[0]
        assert np.isfinite(shift).all()
        for feature, others in enumerate(nearest):
            own = -0.5 * np.linspace(0, 1, 6)[feature]
            assert np.abs(others - shift[feature]).min() < 0.06
            assert abs(shift[feature] - own) < 0.16


class TestMissingValues:
    @FORMS
    def test_missing_values_stay_missing_and_nothing_else_becomes_so(self, cohort, parametric):
        cohort.loc[[0, 7, 45], "f3"] = np.nan
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(cohort)
        np.testing.assert_array_equal(np.isnan(found), cohort.drop(columns="scanner").isna())

    def test_a_features_estimates_rest_on_the_patients_who_have_it(self, cohort):
        missing = [0, 7, 45, 46, 47]
        cohort.loc[missing, "f3"] = np.nan
        harmonizer = ComBatHarmonizer("scanner").fit(cohort)
        groups = [cohort.loc[cohort["scanner"] == label, "f3"].dropna().to_numpy() for label in "AB"]
        grand = np.concatenate(groups).mean()
        pooled = np.concatenate([group - group.mean() for group in groups]).var()
        np.testing.assert_allclose(harmonizer.grand_mean_[3], grand, rtol=1e-12)
        np.testing.assert_allclose(harmonizer.pooled_variance_[3], pooled, rtol=1e-12)

        own = (groups[1].mean() - grand) / np.sqrt(pooled)
        values = cohort.drop(columns="scanner").to_numpy()
        standardized = (values - harmonizer.grand_mean_) / np.sqrt(harmonizer.pooled_variance_)
        means = np.nanmean(standardized[40:], axis=0)
        weight = means.var(ddof=1) * len(groups[1])
        delta = harmonizer.delta_[1, 3]
        expected = (weight * own + delta * means.mean()) / (weight + delta)
        np.testing.assert_allclose(harmonizer.gamma_[1, 3], expected, rtol=1e-4)

    @FORMS
    def test_a_feature_that_a_scanner_never_had_is_unchanged_for_its_patients(self, cohort, parametric):
        table = cohort.copy()
        table.loc[40:, "f3"] = np.nan
        harmonizer = ComBatHarmonizer("scanner", parametric=parametric).fit(table)
        found = harmonizer.transform(cohort)
        np.testing.assert_allclose(found[40:, 3], cohort.loc[40:, "f3"], rtol=1e-12)

    def test_patients_without_any_feature_need_no_scanner_or_covariate_and_change_nothing(self, cohort):
        cohort = cohort.assign(age=np.arange(60.0) % 7)
        empty = cohort.iloc[:5].copy()
        empty.iloc[:, :12] = np.nan
        table = pd.concat([cohort, empty.assign(scanner=None), empty.assign(age=np.nan)])
        harmonizer = ComBatHarmonizer("scanner", continuous_covariates=["age"], unseen="refuse")
        expected = harmonizer.fit_transform(cohort)
        found = harmonizer.fit_transform(table)
        np.testing.assert_array_equal(found[:60], expected)
        assert np.isnan(found[60:]).all()

    @FORMS
    @pytest.mark.filterwarnings("error")
    def test_a_feature_that_nobody_has_changes_no_other(self, cohort, parametric):
        expected = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(cohort)
        found = ComBatHarmonizer("scanner", parametric=parametric).fit_transform(cohort.assign(never=np.nan))
        np.testing.assert_array_equal(found[:, :12], expected)
        assert np.isnan(found[:, 12]).all()


class TestCovariates:
    def test_an_effect_unevenly_spread_over_scanners_is_kept_only_if_named(self):
        rng = np.random.default_rng(3)
        scanner = np.repeat(["A", "B"], 1000)
        carrier = rng.random(2000) < np.where(scanner == "A", 0.2, 0.8)
        table = table_of(rng.normal(size=(2000, 6)) + 1.5 * carrier[:, None], scanner, carrier=carrier)

        def effect(**preserved):
            columns = table if preserved else table.drop(columns="carrier")
            found = ComBatHarmonizer("scanner", **preserved).fit_transform(columns)
            return (found[carrier].mean(axis=0) - found[~carrier].mean(axis=0)).mean()

        assert effect(categorical_covariates=["carrier"]) == pytest.approx(1.5, abs=0.06)
        assert effect() < 1.1

    def test_a_covariate_that_the_scanner_determines_is_refused(self, cohort):
        table = cohort.assign(field=np.where(cohort["scanner"] == "A", 1.5, 3.0))
        with pytest.raises(InputError, match="determine"):
            ComBatHarmonizer("scanner", continuous_covariates=["field"]).fit(table)

    def test_a_level_never_seen_or_a_missing_covariate_is_refused(self, cohort):
        table = cohort.assign(sex=np.tile(["f", "m"], 30), age=np.arange(60.0) % 7)
        harmonizer = ComBatHarmonizer("scanner", categorical_covariates=["sex"], continuous_covariates=["age"])
        harmonizer.fit(table)
        with pytest.raises(InputError, match="a level of the covariate sex"):
            harmonizer.transform(table.assign(sex="other"))
        with pytest.raises(InputError, match="covariate age of every patient"):
            harmonizer.transform(table.assign(age=np.nan))


class TestInAPipeline:
    def test_the_outcome_is_never_used(self, cohort):
        outcome = np.tile([0, 1], 30)
        plain, given = (ComBatHarmonizer("scanner").fit(cohort, y) for y in (None, outcome))
        for name, value in learned(plain).items():
            np.testing.assert_array_equal(learned(given)[name], value)

    def test_scanner_labels_reach_every_fold_of_a_cross_validation(self):
        """The outcome is a feature's sign before the scanner changed it, read off only where the scanner is known."""
        rng = np.random.default_rng(4)
        clean, scanner = rng.normal(size=(400, 6)), rng.choice(["A", "B"], 400)
        table = table_of(np.where(scanner[:, None] == "B", 3 + 2 * clean, clean), scanner)
        outcome = (clean[:, 0] > 0).astype(int)
        model = make_pipeline(ComBatHarmonizer("scanner", unseen="refuse"), RobustScaler(), LogisticRegression())
        harmonized = cross_val_predict(model, table, outcome, cv=5)
        raw = cross_val_predict(model[1:], table[["f0"]], outcome, cv=5)
        assert (harmonized == outcome).mean() > 0.93
        assert (raw == outcome).mean() < 0.85

    def test_names_and_tables_come_out_without_scanner_and_covariates(self, cohort):
        table = cohort.assign(age=np.arange(60.0) % 7)[["scanner", "f1", "age", "f0"]]
        harmonizer = ComBatHarmonizer("scanner", continuous_covariates=["age"]).set_output(transform="pandas")
        found = harmonizer.fit_transform(table)
        assert list(found.columns) == ["f1", "f0"]
        assert list(harmonizer.get_feature_names_out(["scanner", "f1", "age", "f0"])) == ["f1", "f0"]

    def test_an_array_with_the_scanner_by_index_gives_the_same(self, cohort):
        expected = ComBatHarmonizer("scanner").fit_transform(cohort)
        coded = np.column_stack([np.where(cohort["scanner"] == "A", 0, 1), cohort.drop(columns="scanner")])
        np.testing.assert_array_equal(ComBatHarmonizer(0).fit_transform(coded), expected)
        np.testing.assert_array_equal(ComBatHarmonizer(12).fit_transform(cohort.to_numpy()), expected)


class TestRefusals:
    def test_a_misspelt_scanner_column_is_refused_with_the_nearest_name(self, cohort):
        with pytest.raises(InputError, match="did you mean 'scanner'"):
            ComBatHarmonizer("scaner").fit(cohort)

    def test_an_index_beyond_the_table_is_refused(self, cohort):
        with pytest.raises(InputError, match="column index below 13"):
            ComBatHarmonizer(13).fit(cohort)

    def test_a_training_patient_without_scanner_is_refused_with_the_count(self, cohort):
        cohort.loc[[3, 4], "scanner"] = None
        with pytest.raises(InputError, match="none for 2 of 60"):
            ComBatHarmonizer("scanner").fit(cohort)

    def test_an_infinite_value_is_refused(self, cohort):
        cohort.loc[3, "f2"] = np.inf
        with pytest.raises(ValueError, match="infinity"):
            ComBatHarmonizer("scanner").fit(cohort)

    def test_a_table_without_any_value_or_feature_is_refused(self, cohort):
        with pytest.raises(InputError, match="features with values"):
            ComBatHarmonizer("scanner").fit(cohort.assign(**dict.fromkeys(cohort.columns[:12], np.nan)))
        with pytest.raises(InputError, match="besides the scanner"):
            ComBatHarmonizer("scanner").fit(cohort[["scanner"]])

    def test_an_unknown_way_with_unseen_scanners_is_refused(self, cohort):
        with pytest.raises(InputError, match="did you mean 'refuse'"):
            ComBatHarmonizer("scanner", unseen="refused").fit(cohort)
