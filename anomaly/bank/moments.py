"""Statistics as kernels: River's, bit by bit, and an exponentially weighted variance that does not cancel."""

from anomaly.compiling import lean_kernel


@lean_kernel
def ew_mean(mean: float, value: float, rate: float) -> float:
    """Return River's EWMean after one more value; the first value is the mean itself."""
    return rate * value + (1.0 - rate) * mean


@lean_kernel
def ew_stable(mean: float, variance: float, value: float, rate: float) -> tuple[float, float]:
    """Return mean and variance after one more value.

    The same variance as River's EWVar in exact arithmetic (Finch, 2009, section 9: increments of the mean),
    without the difference of two large squares.
    """
    away = value - mean
    step = rate * away
    return mean + step, (1.0 - rate) * (variance + away * step)


@lean_kernel
def running(n: float, mean: float, squares: float, value: float) -> tuple[float, float, float]:
    """Return River's Var (Welford) after one more value: count, mean, sum of squared distances."""
    n += 1.0
    after = mean + (1.0 / n) * (value - mean)
    return n, after, squares + (value - mean) * (value - after)


@lean_kernel
def running_variance(n: float, squares: float) -> float:
    """Return the sample variance; 0 of a single value."""
    return squares / (n - 1.0) if n > 1.0 else 0.0
