"""Terms of linear bundles side by side: which model holds which, and that the test is the one worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from NACResponseLib.evaluation.logistic import sigmoid
from NACResponseLib.model.linear import Linear, LinearFormula
from NACResponseLib.validation.cohort import CohortInputs, ScoredCohort
from NACResponseLib.validation.nested import nested_terms, terms_held
from NACResponseLib.validation.validate import _holds, compare_scored

from ..model.bundle_files import NAMES, linear_bundle

COUNT = 200


@pytest.fixture(scope="module")
def larger(shipped):
    """Of the signature of MRI, ER, age and volume; the signature of CT is empty."""
    return replace(linear_bundle(shipped), sha256="a" * 64)


@pytest.fixture(scope="module")
def smaller(larger):
    """ER, age and volume alone, otherwise weighed."""
    terms = tuple(replace(term, coefficient=-2 * term.coefficient) for term in larger.model.formula.terms)
    formula = LinearFormula(NAMES[2:], tuple(term for term in terms if term.name not in ("MRI", "CT")), 0.4)
    preparation = larger.preparation.of_columns(np.arange(2, 5))
    model = Linear(formula, larger.model.means[2:])
    card = replace(larger.card, name="clinical")
    return replace(larger, inputs=larger.inputs[2:], model=model, preparation=preparation, sha256="b" * 64, card=card)


@pytest.fixture(scope="module")
def values():
    """(patients, NAMES), raw; ER of the first three is not known."""
    random = np.random.default_rng(1)
    contrast, texture, age = random.normal([10, 4, 50], [5, 2, 10], (COUNT, 3)).T
    receptor = (random.random(COUNT) < 0.6).astype(float)
    receptor[:3] = np.nan
    return np.column_stack([contrast, texture, receptor, age, np.exp(random.normal(2, 0.5, COUNT))])


@pytest.fixture(scope="module")
def outcome(values):
    return (np.random.default_rng(2).random(COUNT) < sigmoid(0.15 * (values[:, 0] - 10) - 0.3)).astype(int)


def scored(bundle, values, outcome):
    names = [item.name for item in bundle.inputs]
    patients = tuple(f"D{number}" for number in range(COUNT))
    inputs = CohortInputs(patients, values[:, [NAMES.index(name) for name in names]], {}, {}, True, {})
    probability = sigmoid(np.nan_to_num(bundle.model.margins(inputs.values / 100)))
    return ScoredCohort(patients, outcome, probability, np.zeros((COUNT, 2)), {}, (), inputs, np.arange(COUNT))


def test_a_linear_model_holds_another_whose_terms_it_has_with_or_without_weight(larger, smaller, shipped):
    assert terms_held(larger, smaller) and not terms_held(smaller, larger) and not terms_held(larger, larger)
    assert not terms_held(larger, shipped) and not terms_held(shipped, smaller)
    terms = (*smaller.model.formula.terms, replace(larger.model.formula.terms[0], name="CT", inputs=NAMES[:2]))
    formula = LinearFormula(NAMES, terms, 0.0)
    of_ct = replace(larger, model=Linear(formula, larger.model.means), inputs=larger.inputs)
    without_weight = replace(larger, inputs=larger.inputs[1:])
    assert _holds(without_weight, of_ct)


def test_each_term_is_as_its_own_model_prepares_it(larger, smaller, values, outcome):
    both = [(bundle, scored(bundle, values, outcome)) for bundle in (larger, smaller)]
    found = nested_terms(*both, ["D7", "D2"])
    contrast, texture, receptor, age, volume = values[[7, 2]].T
    signature = 0.8 * (contrast - 10) / 5 - 0.4 * (texture - 4) / 2 + 0.1
    assert found.names == ("MRI signature", "CT signature, nothing selected")
    assert found.added[:, 0] == pytest.approx(signature) and (found.added[:, 1] == 0).all()
    expected = np.column_stack([receptor, (age - 50) / 10, (np.log(volume) - 2) / 0.5])
    np.testing.assert_allclose(found.smaller, expected, rtol=1e-12)
    assert nested_terms(both[1], both[0], ["D7"]) is None


def test_models_are_compared_by_the_terms_that_one_has_besides(larger, smaller, values, outcome):
    both = [(bundle, scored(bundle, values, outcome)) for bundle in (larger, smaller)]
    for one, other in (both, both[::-1]):
        found = compare_scored(one, other, relevant=0.05)
        assert found.nested and found.smaller == "clinical"
        assert found.comparison.terms == ("MRI signature",)
    prepared = np.column_stack([values[:, 2:4], np.log(values[:, 4]), 0.16 * values[:, 0] - 0.2 * values[:, 1]])[3:]
    prepared = (prepared - prepared.mean(axis=0)) / prepared.std(axis=0)
    fits = [LogisticRegression(C=np.inf, tol=1e-10).fit(prepared[:, :width], outcome[3:]) for width in (3, 4)]
    small, large = (
        log_loss(outcome[3:], fit.predict_proba(prepared[:, : fit.n_features_in_])[:, 1], normalize=False)
        for fit in fits
    )
    ratio = found.comparison.likelihood_ratio
    assert (ratio.degrees, ratio.patients) == (1, 197)
    assert ratio.statistic == pytest.approx(2 * (small - large), abs=1e-4)
    assert ratio.p == pytest.approx(stats.chi2.sf(ratio.statistic, 1))
