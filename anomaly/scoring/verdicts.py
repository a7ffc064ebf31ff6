"""What people found alarms to be, brought to the models of one gateway's live lane.

Of a device as a whole, the peaks of an alarm that was none enter the tail its limits rest on
(`calibration.said`). Of a single series, what was seen and a tenth more is expected from then on, at most
half of the present half-width beyond its limit. That stands beside what the series has learnt by itself and
is forgotten as slowly; so what is taken back takes nothing of that with it. Told between frames, by
`anomaly.commands`, so that replays know.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from anomaly.bank import layout as at
from anomaly.bank.bank import Bank
from anomaly.calibration.said import SAID_MAX

if TYPE_CHECKING:  # for the types only: it imports this
    from anomaly.scoring.lane import LaneModels

# The same again seldom reaches as far, but sometimes farther.
AGAIN = 1.1
# Beyond the limit, in half-widths, what one verdict may make expected.
WIDEN_MAX = 0.5
HIGH, LOW = "high", "low"
_NORMAL = ("false", "nuisance")
_SIGN = {HIGH: 1.0, LOW: -1.0}
_SAID = {HIGH: at.SAID_HIGHEST, LOW: at.SAID_LOWEST}
_WIDTH = {HIGH: at.UP, LOW: at.DOWN}

Said = tuple[int, str, float]
"""Series, side, and how far out is no fault there."""


class Verdicts:
    """What verdicts have said of series, by alarm, so that it can be taken back; the newest ones."""

    def __init__(self) -> None:
        self._said: dict[str, list[Said]] = {}

    def hear(self, live: "LaneModels", payload: Mapping[str, Any]) -> None:
        """Take a verdict to heart: `payload` is that of a command, see `anomaly.commands.service`."""
        alarm_id, model = payload["alarm_id"], live.devices.own_model(payload["asset_id"])
        if payload["verdict"] in _NORMAL:
            if model is not None:
                model.say_normal(alarm_id, (payload["apart"], payload["broken"]))
            if alarm_id not in self._said:
                self._widen(live.bank, alarm_id, payload["series"])
        else:
            if model is not None:
                model.unsay(alarm_id)
            self._narrow(live.bank, self._said.pop(alarm_id, ()))

    def _widen(self, bank: Bank, alarm_id: str, series: Iterable[tuple[int, str, float]]) -> None:
        said = [
            (series_id, side, level)
            for series_id, side, seen in series
            if (level := _bounded(bank, series_id, side, seen)) is not None
        ]
        for series_id, side, level in said:
            _move(bank, series_id, side, level, outwards=True)
        if said:
            self._said[alarm_id] = said
        while len(self._said) > SAID_MAX:
            del self._said[next(iter(self._said))]

    def _narrow(self, bank: Bank, said: Iterable[Said]) -> None:
        """Go back to what the other verdicts say, or to less where that was forgotten meanwhile."""
        for series_id, side, _ in said:
            sign = _SIGN[side]
            others = (sign * level for level in self._levels(series_id, side))
            _move(bank, series_id, side, sign * max(others, default=-float("inf")), outwards=False)

    def _levels(self, series_id: int, side: str) -> Iterator[float]:
        for said in self._said.values():
            for number, where, level in said:
                if (number, where) == (series_id, side):
                    yield level

    def state(self) -> dict[str, list[Said]]:
        """Return all of it as MessagePack-ready values."""
        return self._said

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> "Verdicts":
        """Return what `state` returned."""
        found = cls()
        for alarm_id, said in state.items():
            found._said[alarm_id] = [
                (int(number), str(side), float(level)) for number, side, level in said
            ]
        return found


def _row(bank: Bank, series_id: int) -> int | None:
    """Return the row of a series that the compiled chart judges and knows; others are left as they are."""
    row = bank.row(series_id)
    if row is None or not bank.whole[row, at.WARM]:
        return None
    return row if bank.scratch[row, at.METHOD] == at.COMPILED else None


def _bounded(bank: Bank, series_id: int, side: str, seen: float) -> float | None:
    """Return how far out `seen` makes expected; None where it lies on the other side, or nobody can know."""
    row = _row(bank, series_id)
    if row is None:
        return None
    r, sign = bank.real[row], _SIGN[side]
    far = min(AGAIN * sign * (seen - r[at.MIDDLE]), (1.0 + WIDEN_MAX) * r[_WIDTH[side]])
    return float(r[at.MIDDLE] + sign * far) if far > 0.0 else None


def _move(bank: Bank, series_id: int, side: str, level: float, *, outwards: bool) -> None:
    """Let what was said of a series reach at least to a level, or at most."""
    row = _row(bank, series_id)
    if row is None:
        return
    farther = max if outwards == (side == HIGH) else min
    bank.real[row, _SAID[side]] = farther(float(bank.real[row, _SAID[side]]), level)
    bank.renew_limits(row)
