"""Moments, precision, distance and contributions against what NumPy says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly.device import arithmetic

Floats = np.ndarray


def learnt(rows: Floats, rate: float = 1e-9) -> tuple[Floats, Floats, Floats]:
    p = rows.shape[1]
    mean, cov, count = np.zeros(p), np.zeros((p, p)), np.zeros(p)
    for row in rows:
        arithmetic.learn(mean, cov, count, row, rate, np.zeros(p))
    return mean, cov, count


def precise(rows: Floats, shrink_min: float = 0.02) -> tuple[Floats, Floats, Floats, float, Floats]:
    p = rows.shape[1]
    mean, cov, count = learnt(rows)
    scale, precision = np.zeros(p), np.eye(p)
    part = arithmetic.decide(
        mean, cov, count, 2.0, shrink_min, 1e9, scale, precision, np.zeros((3 * p, p))
    )
    return mean, scale, precision, part, cov


def mixed(seed: int, count: int, p: int) -> Floats:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, p)) @ random.normal(size=(p, p)) + random.normal(size=p) * 50


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 25), st.integers(2, 7))
def test_moments_are_those_of_all_rows_while_few_are_known(seed: int, count: int, p: int) -> None:
    rows = mixed(seed, count, p)
    mean, cov, _ = learnt(rows)
    assert mean == pytest.approx(rows.mean(axis=0), rel=1e-9)
    assert cov == pytest.approx(np.cov(rows.T, ddof=0), rel=1e-8, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_distance_is_mahalanobis_of_the_shrunk_correlations(seed: int, p: int) -> None:
    rows = mixed(seed, 60, p)
    mean, scale, precision, part, cov = precise(rows)
    assert 0.02 <= part <= 1.0
    shrunk = (1 - part) * cov / np.outer(scale, scale) + part * np.eye(p)
    assert precision == pytest.approx(np.linalg.inv(shrunk), rel=1e-7, abs=1e-7)
    z, away = np.zeros(p), np.zeros(p)
    row = rows[0] * 1.1
    assert arithmetic.standardise(row, mean, scale, precision, z, np.zeros(p)) == p
    assert z == pytest.approx((row - mean) / scale)
    far = arithmetic.distance(z, precision, away)
    assert far == pytest.approx(float(np.sqrt(z @ np.linalg.inv(shrunk) @ z)), rel=1e-7)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 8), st.data())
def test_a_missing_series_leaves_the_distance_of_the_others(
    seed: int, p: int, data: st.DataObject
) -> None:
    rows = mixed(seed, 200, p)
    mean, scale, precision, _, _ = precise(rows, 0.2)
    gone = data.draw(st.sets(st.integers(0, p - 1), min_size=1, max_size=p - 2))
    row = rows[1].copy()
    row[list(gone)] = np.nan
    kept = [i for i in range(p) if i not in gone]
    z, away = np.zeros(p), np.zeros(p)
    assert arithmetic.standardise(row, mean, scale, precision, z, np.zeros(p)) == len(kept)
    marginal = np.linalg.inv(np.linalg.inv(precision)[np.ix_(kept, kept)])
    expected = float(np.sqrt(z[kept] @ marginal @ z[kept]))
    # A few sweeps come near; they never make it less.
    found = arithmetic.distance(z, precision, away)
    assert expected <= found * (1 + 1e-9)
    assert found == pytest.approx(expected, rel=0.1, abs=0.05)


def test_a_contribution_is_the_distance_from_what_the_others_say() -> None:
    rows = mixed(3, 500, 5)
    mean, scale, precision, _, _ = precise(rows)
    shrunk = np.linalg.inv(precision)
    z, away = np.zeros(5), np.zeros(5)
    arithmetic.standardise(rows[7], mean, scale, precision, z, np.zeros(5))
    arithmetic.distance(z, precision, away)
    others = [0, 1, 3, 4]
    weights = shrunk[2, others] @ np.linalg.inv(shrunk[np.ix_(others, others)])
    variance = shrunk[2, 2] - weights @ shrunk[others, 2]
    assert away[2] == pytest.approx((z[2] - weights @ z[others]) / np.sqrt(variance))


def test_few_rows_of_many_series_are_shrunk_more() -> None:
    noise = np.random.default_rng(1).normal(size=(2000, 20))
    assert precise(noise[:40])[3] > 0.5
    related = noise[:, :1] + 0.3 * noise
    assert precise(related)[3] == 0.02


def test_what_is_missing_and_what_is_wild_leaves_the_moments_of_the_others_alone() -> None:
    rows = mixed(5, 400, 4)
    clean = learnt(rows)
    rows[300, 1] = 1e99
    rows[200:220, 1] = np.nan
    mean, cov, _ = learnt(rows)
    kept = [0, 2, 3]
    assert mean[kept] == pytest.approx(clean[0][kept], rel=1e-12)
    assert cov[np.ix_(kept, kept)] == pytest.approx(clean[1][np.ix_(kept, kept)], rel=1e-12)
    assert abs(mean[1] - clean[0][1]) < 0.1 * np.sqrt(clean[1][1, 1])


def test_a_constant_series_and_its_copy_do_no_harm() -> None:
    rows = mixed(6, 100, 4)
    rows[:, 1] = 7.0
    rows[:, 3] = rows[:, 0]
    _, scale, precision, _, _ = precise(rows)
    assert np.isfinite(precision).all()
    assert scale[1] > 0
    assert (np.linalg.eigvalsh(precision) > 0).all()
