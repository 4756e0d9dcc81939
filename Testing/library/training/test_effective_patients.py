"""The interval of a run's model, from how well models agree whatever patients they share: it holds a known truth."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold, StratifiedShuffleSplit, cross_val_predict

from NACResponseLib.evaluation.statistics import wilson_interval
from NACResponseLib.training.fitted import PartitionResult
from NACResponseLib.training.interval import effective_patients

SCHEMES = {
    "half held out": lambda seed: StratifiedShuffleSplit(20, test_size=0.433, random_state=seed),
    "a fifth held out": lambda seed: StratifiedShuffleSplit(30, test_size=0.2, random_state=seed),
    "folds": lambda seed: RepeatedStratifiedKFold(n_splits=5, n_repeats=6, random_state=seed),
}
SLOPES = np.array([0.9, -0.7, 0.5, 0.4, 0.3])


def truth(values):
    return 1 / (1 + np.exp(-(values @ SLOPES - 0.6)))


def result(train, test, values, outcome):
    fitted = LogisticRegression().fit(values[train], outcome[train])
    probability = fitted.predict_proba(values[test])[:, 1]
    names, rest = tuple(str(number) for number in test), (0.5, len(train), 0, (), {}, (1.0, 0.0), ())
    return PartitionResult("x", 0, names, tuple(outcome[test]), tuple(probability), tuple(outcome[test]), *rest)


def one(seed, scheme):
    """N, and the share of new patients whose interval holds their true probability."""
    random = np.random.default_rng(seed)
    values, new = random.normal(size=(300, 5)), random.normal(size=(1000, 5))
    outcome = (random.random(300) < truth(values)).astype(int)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegression()
    out_of_fold = cross_val_predict(model, values, outcome, cv=folds, method="predict_proba")[:, 1]
    results = [result(*fold, values, outcome) for fold in SCHEMES[scheme](seed).split(values, outcome)]
    reference = {str(number): float(each) for number, each in enumerate(out_of_fold)}
    patients = effective_patients(reference, results, 5)
    low, high = wilson_interval(model.fit(values, outcome).predict_proba(new)[:, 1], patients)
    return patients, np.mean((low <= truth(new)) & (truth(new) <= high))


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_however_many_patients_the_models_share_the_interval_holds_the_truth(scheme):
    """Twelve cohorts; without what is taken off for patients in common, folds would hold it in 84 %."""
    shares = np.array([one(seed, scheme)[1] for seed in range(12)])
    assert shares.mean() + 2.6 * shares.std(ddof=1) / np.sqrt(12) >= 0.95
    assert shares.mean() > 0.88


@pytest.mark.slow
def test_schemes_give_about_the_same_number_for_the_same_patients():
    found = {scheme: np.median([one(seed, scheme)[0] for seed in range(8)]) for scheme in SCHEMES}
    assert max(found.values()) < 1.5 * min(found.values()), found


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_over_many_cohorts_the_interval_holds_the_truth_nearly_as_often_as_it_says(scheme):
    """Within two points of 95 %; what lacks is what a sample of one cohort cannot tell of its own spread."""
    shares = np.array([one(seed, scheme)[1] for seed in range(60)])
    assert shares.mean() >= 0.93 - 2 * shares.std(ddof=1) / np.sqrt(60)
