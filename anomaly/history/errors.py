"""What can go wrong with a backtest."""

from kernel.errors import Conflict, InvalidInput, NotFound


class NoSuchBacktest(NotFound):
    """There is no such backtest, or it is not yours to see."""

    code = "backtest_not_found"


class BacktestSpan(InvalidInput):
    """A backtest cannot be of this span of time."""

    code = "backtest_span"


class NothingToReplay(InvalidInput):
    """There are no readings in this span that a detector could judge."""

    code = "backtest_without_readings"


class TooManyAssets(InvalidInput):
    """A backtest cannot be of so many machines."""

    code = "backtest_too_many_assets"


class TooManyBacktests(Conflict):
    """As many backtests are under way, or kept, as may be."""

    code = "too_many_backtests"


class BacktestEnded(Conflict):
    """The backtest is over."""

    code = "backtest_ended"


class BacktestUnderWay(Conflict):
    """The backtest is still under way."""

    code = "backtest_under_way"
