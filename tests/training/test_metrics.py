import numpy as np
import pytest

from training.metrics import auroc, bootstrap, expected_calibration_error, f1, recall_at

TRUTH = np.array([True] * 50 + [False] * 50)
GROUPS = [str(n) for n in range(100)]


def test_bootstrap_interval_holds_the_value_and_narrows_with_certainty():
    perfect = bootstrap(auroc, TRUTH, TRUTH.astype(float), GROUPS)
    noisy = bootstrap(auroc, TRUTH, np.random.default_rng(0).random(100) + TRUTH * 0.3, GROUPS)

    assert (perfect.low, perfect.value, perfect.high) == (1.0, 1.0, 1.0)
    assert noisy.low < noisy.value < noisy.high


def test_bootstrap_of_one_class_is_nothing():
    assert bootstrap(auroc, np.ones(5, dtype=bool), np.ones(5), GROUPS[:5]) is None


def test_bootstrap_resamples_groups_whole():
    scores = np.random.default_rng(0).random(100) + TRUTH * 0.3

    alone = bootstrap(auroc, TRUTH, scores, GROUPS)
    paired = bootstrap(auroc, np.tile(TRUTH, 2), np.tile(scores, 2), GROUPS * 2)

    # The same texts twice, in the same groups, tell no more than once.
    assert paired.high - paired.low == pytest.approx(alone.high - alone.low)


def test_recall_at_counts_false_alarms_only_among_the_safe():
    scores = np.concatenate([np.linspace(0.5, 1.0, 50), np.linspace(0.0, 0.6, 50)])

    assert recall_at(0.0)(TRUTH, scores) == pytest.approx((scores[:50] > 0.6).mean())
    assert recall_at(0.2)(TRUTH, scores) > recall_at(0.0)(TRUTH, scores)


def test_calibration_error_of_honest_and_of_boastful_scores():
    assert expected_calibration_error(TRUTH, np.full(100, 0.5)) == pytest.approx(0.0)
    assert expected_calibration_error(TRUTH, np.full(100, 0.95)) == pytest.approx(0.45)


def test_f1():
    assert f1(np.array([True, True, False]), np.array([True, False, True])) == pytest.approx(0.5)
