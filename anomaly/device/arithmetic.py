"""The arithmetic of one device, compiled: rows gathered from readings, moments, distance, contributions.

Everything here is on plain arrays of one device with `p` series, room to work in included; they are owned by
`anomaly.device.model`. Formulas:

- moments: exponentially weighted, every row weighing the same until `1 / rate` of them are known (West 1979);
- precision: inverse of the correlation matrix shrunk towards independence (OAS: Chen, Wiesel, Eldar,
  Hero 2010);
- distance: square root of Hotelling's T² of the standardised row;
- contribution: how far a series lies from what the others say, in its standard deviation given the others;
  its square is the reconstruction-based contribution of Alcala and Qin 2009. It names a single faulty series.
"""

import math

import numpy as np
from numpy.typing import NDArray

from anomaly.compiling import lean_kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A row enters the moments held to so many standard deviations, once so many rows are known.
_CLIP = 6.0
_CLIP_FROM = 32.0
# Sweeps that fill a missing series in with what the others say of it.
_SWEEPS = 8
# No spread is taken for smaller than this part of the mean.
_SPREAD_MIN = 1e-4
# Beyond this shrinkage every series stands alone.
_NEARLY_ALONE = 0.99
# A pivot below this says that a matrix is none of correlations.
_PIVOT_MIN = 1e-12


@lean_kernel
def learn(
    mean: Floats, cov: Floats, count: Floats, row: Floats, rate: float, delta: Floats
) -> None:
    """Take a row into the moments; NaN stands for a series that is missing.

    Each series has a count of its own, so that one that comes later is learnt as the others were.
    """
    p = len(mean)
    for i in range(p):
        away = row[i] - mean[i]
        if math.isnan(away):
            delta[i] = math.nan
            continue
        if count[i] >= _CLIP_FROM:
            reach = _CLIP * math.sqrt(cov[i, i])
            reach = max(reach, _SPREAD_MIN * abs(mean[i]))
            away = min(max(away, -reach), reach)
        delta[i] = away
        count[i] += 1.0
        mean[i] += away * max(1.0 / count[i], rate)
    for i in range(p):
        if math.isnan(delta[i]):
            continue
        for j in range(i + 1):
            if math.isnan(delta[j]):
                continue
            weight = max(1.0 / min(count[i], count[j]), rate)
            known = (1.0 - weight) * (cov[i, j] + weight * delta[i] * delta[j])
            cov[i, j] = known
            cov[j, i] = known


@lean_kernel
def _factor(matrix: Floats, lower: Floats) -> bool:
    """Set Cholesky's lower factor; tell whether there is one."""
    p = len(matrix)
    for j in range(p):
        for i in range(j, p):
            total = matrix[i, j]
            for k in range(j):
                total -= lower[i, k] * lower[j, k]
            if i > j:
                lower[i, j] = total / lower[j, j]
            elif total > _PIVOT_MIN:
                lower[j, j] = math.sqrt(total)
            else:
                return False
    return True


@lean_kernel
def _invert(matrix: Floats, lower: Floats, inverse: Floats) -> bool:
    """Invert a symmetric positive definite matrix in place; tell whether it was one."""
    p = len(matrix)
    if not _factor(matrix, lower):
        return False
    for j in range(p):
        inverse[j, j] = 1.0 / lower[j, j]
        for i in range(j + 1, p):
            total = 0.0
            for k in range(j, i):
                total -= lower[i, k] * inverse[k, j]
            inverse[i, j] = total / lower[i, i]
    for i in range(p):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, p):
                total += inverse[k, i] * inverse[k, j]
            matrix[i, j] = total
            matrix[j, i] = total
    return True


@lean_kernel
def decide(
    mean: Floats,
    cov: Floats,
    count: Floats,
    needed: float,
    shrink_min: float,
    effective: float,
    scale: Floats,
    precision: Floats,
    work: Floats,
) -> float:
    """Work scale and precision out from the moments; return the shrinkage that was used.

    A series of which fewer than `needed` rows are known gets a scale of 0: it is not judged yet.
    `work` is room for three matrices.
    """
    p = len(mean)
    for i in range(p):
        spread = math.sqrt(max(cov[i, i], 0.0))
        spread = max(spread, _SPREAD_MIN * abs(mean[i]), 1e-12)
        scale[i] = spread if count[i] >= needed else 0.0
    shrunk, lower, inverse = work[:p], work[p : 2 * p], work[2 * p : 3 * p]
    squares = 0.0
    rows = math.inf
    for i in range(p):
        shrunk[i, i] = 1.0
        squares += 1.0
        if scale[i] > 0.0:
            rows = min(rows, count[i])
        for j in range(i):
            shrunk[i, j] = shrunk[j, i] = 0.0
            if scale[i] > 0.0 and scale[j] > 0.0 and math.isfinite(cov[i, j]):
                value = cov[i, j] / (scale[i] * scale[j])
                shrunk[i, j] = value
                shrunk[j, i] = value
                squares += 2.0 * value * value
    n = max(min(rows, effective), 2.0)
    top = (1.0 - 2.0 / p) * squares + p * p
    bottom = (n + 1.0 - 2.0 / p) * (squares - p)
    part = 1.0 if bottom <= 0.0 else min(top / bottom, 1.0)
    part = max(part, shrink_min)
    while True:
        for i in range(p):
            for j in range(p):
                value = shrunk[i, j]
                precision[i, j] = value if i == j else (1.0 - part) * value
        if _invert(precision, lower, inverse):
            return part
        # Series with counts of their own need not give a covariance: nearer to independence then.
        part = 0.5 * (1.0 + part) if part < _NEARLY_ALONE else 1.0


@lean_kernel
def _fill_in(z: Floats, precision: Floats, missing: Floats) -> None:
    """Put series that are NaN where the others say, by so many sweeps that it changes no more."""
    p = len(z)
    for i in range(p):
        missing[i] = 1.0 if math.isnan(z[i]) else 0.0
        if missing[i] > 0.0:
            z[i] = 0.0
    for _ in range(_SWEEPS):
        for i in range(p):
            if missing[i] > 0.0:
                total = 0.0
                for j in range(p):
                    if j != i:
                        total += precision[i, j] * z[j]
                z[i] = -total / precision[i, i]


@lean_kernel
def standardise(
    row: Floats, mean: Floats, scale: Floats, precision: Floats, z: Floats, missing: Floats
) -> int:
    """Set `z` to the standardised row and return how many series it rests on.

    A series that is missing, or not judged yet, is taken to be where the others say.
    """
    p = len(row)
    known = 0
    for i in range(p):
        if scale[i] > 0.0 and not math.isnan(row[i]):
            z[i] = (row[i] - mean[i]) / scale[i]
            known += 1
        else:
            z[i] = math.nan
    if known < p:
        _fill_in(z, precision, missing)
    return known


@lean_kernel
def distance(z: Floats, precision: Floats, contributions: Floats) -> float:
    """Return the distance of a standardised row and set each series' signed contribution."""
    p = len(z)
    total = 0.0
    for i in range(p):
        pull = 0.0
        for j in range(p):
            pull += precision[i, j] * z[j]
        total += pull * z[i]
        contributions[i] = pull / math.sqrt(precision[i, i])
    return math.sqrt(max(total, 0.0))
