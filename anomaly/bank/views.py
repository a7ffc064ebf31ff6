"""One row of the bank, asked like a monitor of its own. For what happens rarely: the pass knows rows only."""

from typing import Any

from anomaly.bank import layout as at
from anomaly.bank.bank import Bank
from anomaly.deviations import Deviation


class ChartView:
    """The chart of one row."""

    def __init__(self, bank: Bank, row: int) -> None:
        self.bank = bank
        self.row = row

    @property
    def learnt(self) -> int:
        """How many readings the baseline rests on."""
        return int(self.bank.whole[self.row, at.LEARNT])

    def band(self) -> tuple[float, float] | None:
        """Return the expected range, None while not warm."""
        if not self.bank.whole[self.row, at.WARM]:
            return None
        middle, down, up = self.bank.real[self.row, at.MIDDLE : at.UP + 1].tolist()
        return middle - down, middle + up

    def restart(self) -> None:
        """Forget the short-term view: what comes next does not follow what came last."""
        self.bank.restart(slice(self.row, self.row + 1))

    def take_over(self, other: "ChartView") -> None:
        """Know what another row, perhaps of another bank, has learnt."""
        self.bank.copy_chart(self.row, other.bank, other.row)

    def state(self) -> dict[str, Any]:
        """Return everything learnt, named as `detectors.ew_chart.EwChart` names it."""
        r = self.bank.real[self.row].tolist()
        w = self.bank.whole[self.row].tolist()
        return {
            "fast": r[at.FAST],
            "recent": r[at.RECENT],
            "early": r[at.EARLY_N : at.EARLY_SQUARES + 1],
            "offset": r[at.OFFSET],
            "mean": r[at.MEAN],
            "square": r[at.SPREAD],
            "range": [r[at.LOWEST], r[at.HIGHEST]],
            "before": r[at.BEFORE : at.BEFORE + w[at.BEFORE_N]],
            "first_us": w[at.FIRST_US],
            "learnt_us": w[at.LEARNT_US],
            "learnt": w[at.LEARNT],
            "warm": bool(w[at.WARM]),
            "limits": r[at.MIDDLE : at.UP + 1],
            "quick": r[at.FAST_MEAN : at.KNOWN_PACE + 1],
            "followed_us": w[at.FOLLOWED_US],
            "hurried": bool(w[at.HURRIED]),
            "excursion": [
                r[at.EXTREME],
                r[at.EXCURSIONS],
                w[at.EXCURSION_N],
                w[at.EXCURSION_US],
            ],
        }


class SeriesView:
    """One series of the bank."""

    def __init__(self, bank: Bank, row: int) -> None:
        self._bank = bank
        self._row = row
        self.series_id = bank.series[row]
        self.detector = ChartView(bank, row)

    @property
    def deviation(self) -> Deviation | None:
        """The open deviation."""
        return self._bank.deviation(self._row)

    @property
    def seen(self) -> int:
        """How many readings have been judged."""
        return int(self._bank.whole[self._row, at.SEEN])

    @property
    def last_value(self) -> float:
        """The last reading that could be true; NaN before there was one."""
        return float(self._bank.real[self._row, at.LAST_VALUE])

    def settle(self) -> None:
        """Know of no deviation, nor of readings that would begin one."""
        self._bank.settle(self._row)

    def hold(self, deviation: Deviation) -> None:
        """Go on with a deviation that is known to be open."""
        self._bank.hold(self._row, deviation)


class HearingView:
    """What was heard of all series of a bank."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def last_heard(self, series_id: int) -> int | None:
        """Return the source time of a series' last reading, None where there was none."""
        return self._bank.last_heard(series_id)

    def state(self) -> dict[str, Any]:
        """Return it, named as `scoring.silence.SilenceWatch` names it."""
        bank = self._bank
        columns = (at.HEARD, at.HEARD_US, at.HEARD_TALKED_US)
        return {
            "clocks": bank.clocks.tolist(),
            "series": {
                series_id: [
                    *bank.whole[row, columns].tolist(),
                    float(bank.real[row, at.LONGEST_SILENCE]),
                ]
                for row, series_id in enumerate(bank.series)
                if bank.whole[row, at.HEARD]
            },
        }
