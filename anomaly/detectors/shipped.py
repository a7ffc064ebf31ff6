"""The detectors that come with Forewarn, registered by name."""

from anomaly.detectors.base import Detector, DetectorKind, SeriesRange, register
from anomaly.detectors.ew_chart import ChartParameters, EwChart
from anomaly.settings import AnomalySettings


def chart_parameters(section: AnomalySettings) -> ChartParameters:
    """Return the chart's parameters as the settings give them."""
    return ChartParameters(
        fast_rate=section.fast_rate,
        slow_rate=section.slow_rate,
        limit_deviations=section.limit_deviations,
        record_margin=section.record_margin,
        young_readings=section.young_readings,
        warmup_readings=section.warmup_readings,
        warmup_span_us=round(section.warmup_span_s * 1_000_000),
        learn_every_us=round(section.learn_every_s * 1_000_000),
        raise_readings=min(section.raise_readings, section.raise_window),
    )


def _ew_chart(section: AnomalySettings, plant: SeriesRange) -> Detector:
    return EwChart(chart_parameters(section), plant)


def _gaussian(section: AnomalySettings, plant: SeriesRange) -> Detector:  # noqa: ARG001 - factory's form
    # River's model imports SciPy, which takes longer than all else that a process that scores needs.
    from anomaly.detectors.gaussian import Gaussian

    return Gaussian(section.warmup_readings)


EW_CHART = register(DetectorKind("ew_chart", 2, _ew_chart))
GAUSSIAN = register(DetectorKind("gaussian", 1, _gaussian))
