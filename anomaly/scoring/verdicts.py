"""What people found alarms to be, brought to the models of one gateway's live lane.

Of a device as a whole, the peaks of an alarm that was none enter the tail its limits rest on
(`calibration.said`). Of a single series, what was seen enters the range it has been seen in, at most half of
the present half-width beyond its limit. Told between frames, by `anomaly.commands`, so that replays know.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from anomaly.bank import layout as at
from anomaly.bank.bank import Bank
from anomaly.calibration.said import SAID_MAX

if TYPE_CHECKING:  # for the types only: it imports this
    from anomaly.scoring.lane import LaneModels

# Beyond the limit, in half-widths, what one verdict may make expected.
WIDEN_MAX = 0.5
HIGH, LOW = "high", "low"

Widened = tuple[int, str, list[float], float]
"""Series, side, the ends of what was seen of it before, and all of them after."""

# Whatever the layout calls an end of what was seen: of readings, or of a mean of them.
_ENDS = {
    HIGH: [place for name, place in vars(at).items() if name.endswith("HIGHEST")],
    LOW: [place for name, place in vars(at).items() if name.endswith("LOWEST")],
}


class Verdicts:
    """What verdicts have done to series, by alarm, so that it can be undone."""

    def __init__(self) -> None:
        self._widened: dict[str, list[Widened]] = {}

    def hear(self, live: "LaneModels", payload: Mapping[str, Any]) -> None:
        """Take a verdict to heart: `payload` is that of a command, see `anomaly.commands.service`."""
        alarm_id, model = payload["alarm_id"], live.devices.own_model(payload["asset_id"])
        if payload["verdict"] in ("false", "nuisance"):
            if model is not None:
                model.say_normal(alarm_id, (payload["apart"], payload["broken"]))
            if alarm_id not in self._widened:
                self._widen(live.bank, alarm_id, payload["series"])
        else:
            if model is not None:
                model.unsay(alarm_id)
            for series_id, side, before, _ in self._widened.pop(alarm_id, ()):
                _narrow(live.bank, series_id, side, before)

    def _widen(self, bank: Bank, alarm_id: str, series: Iterable[tuple[int, str, float]]) -> None:
        done = [
            found
            for series_id, side, seen in series
            if (found := _widen(bank, series_id, side, seen)) is not None
        ]
        if done:
            self._widened[alarm_id] = done
        while len(self._widened) > SAID_MAX:
            del self._widened[next(iter(self._widened))]

    def state(self) -> dict[str, list[Widened]]:
        """Return all of it as MessagePack-ready values."""
        return self._widened

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "Verdicts":
        """Return what `state` returned."""
        found = cls()
        for alarm_id, widened in state.items():
            found._widened[alarm_id] = [
                (int(number), str(side), [float(each) for each in before], float(after))
                for number, side, before, after in widened
            ]
        return found


def _sign(side: str) -> float:
    return 1.0 if side == HIGH else -1.0


def _row(bank: Bank, series_id: int) -> int | None:
    """Return the row of a series that the compiled chart judges and knows; others are left as they are."""
    row = bank.row(series_id)
    if row is None or not bank.whole[row, at.WARM]:
        return None
    return row if bank.scratch[row, at.METHOD] == at.COMPILED else None


def _widen(bank: Bank, series_id: int, side: str, seen: float) -> Widened | None:
    """Let a series have been seen at `seen`, within bounds."""
    row = _row(bank, series_id)
    if row is None:
        return None
    ends, sign = _ENDS[side], _sign(side)
    width = at.UP if side == HIGH else at.DOWN
    r = bank.real[row]
    far = min(sign * (seen - r[at.MIDDLE]), (1.0 + WIDEN_MAX) * r[width])
    before, after = r[ends].tolist(), float(r[at.MIDDLE] + sign * far)
    if far <= 0.0 or all(sign * (after - each) <= 0.0 for each in before):
        return None
    r[ends] = [each if sign * (each - after) > 0.0 else after for each in before]
    # The chart works its limits out anew with the next reading that it learns; until then this counts.
    r[width] = max(r[width], far)
    return series_id, side, before, after


def _narrow(bank: Bank, series_id: int, side: str, before: list[float]) -> None:
    """Take that back, and what the alarm taught when it ended; limits follow with the next reading."""
    row = _row(bank, series_id)
    if row is None:
        return
    for end, each in zip(_ENDS[side], before, strict=True):
        bank.real[row, end] = each
