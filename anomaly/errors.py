"""What can go wrong with detectors and alarms."""

from kernel.errors import ConfigurationError, IllegalTransition


class UnknownDetector(ConfigurationError):
    """There is no detector of that name."""

    code = "unknown_detector"


class AlarmAlreadyAcknowledged(IllegalTransition):
    """The alarm is acknowledged already."""

    code = "alarm_already_acknowledged"
