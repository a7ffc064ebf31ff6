"""Is this covered on this day at this meter, until when, by which clause, and if not, why not.

Pure. What it decides by:

- A kind of part's own terms come before the whole machine's, and a model's own before any model's. Within
  the same rank the newest terms in effect on the warranty's first day decide.
- Something is covered when the day is within the terms *and* the meter is at or under the limit.
- The day of the start event is not counted and the last day is the one of the same number, or the month's
  last where there is none: 31 January + 1 month is 28 or 29 February, 29 February + 12 months is 28
  February (Civil Code of the People's Republic of China, articles 200-202).
- A replacement part has the remainder of the original or the fixed minimum, whichever is better for the
  customer; the minimum runs by time alone.
- A missing start date or meter reading that matters makes the answer *undecided*, never a guess.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from warranty_parts.coverage.terms import (
    DEFAULT_CHECKS,
    Clause,
    CoverageAnswer,
    Machine,
    Piece,
    StartEvent,
    Step,
    Terms,
    Verdict,
)
from warranty_parts.explanations import Explanation, explain

_EVENTS_ZH = {
    StartEvent.INVOICE: "开票",
    StartEvent.DELIVERY: "交付",
    StartEvent.INSTALLATION: "安装",
    StartEvent.COMMISSIONING: "调试验收",
}


def add_months(start: date, months: int) -> date:
    """Return the day of the same number `months` later, or the last of that month if it has none.

    What lies beyond the calendar is its last day.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def coverage(
    policies: Sequence[Terms],
    machine: Machine,
    on: date,
    meter: Decimal | None = None,
    piece: Piece | None = None,
) -> CoverageAnswer:
    """Return whether a machine, or a piece of it, is covered on a day.

    `policies` may hold any; those of other models and part families are passed over.
    """
    trail: list[Step] = []
    chosen = _choose(policies, machine, piece, trail)
    if chosen is None:
        why = explain("no_policy")
        return CoverageAnswer(
            Verdict.NOT_COVERED, None, None, None, None, why, tuple(trail), dict(DEFAULT_CHECKS)
        )
    steps = [_main_step(chosen, machine.starts.get(chosen.start_event), on, meter)]
    if piece is not None and piece.replaced_on is not None and chosen.replacement_days_min:
        steps.append(_minimum_step(chosen, piece.replaced_on, on))
    decisive = _best(steps)
    assert decisive.verdict is not None  # only terms that do not apply have none
    return CoverageAnswer(
        verdict=decisive.verdict,
        starts_on=decisive.starts_on,
        until=decisive.until,
        clause=decisive.clause,
        policy_id=chosen.id,
        reason=decisive.why,
        trail=(*trail, *steps),
        checks=chosen.checks,
    )


def _choose(
    policies: Sequence[Terms], machine: Machine, piece: Piece | None, trail: list[Step]
) -> Terms | None:
    families = [None] if piece is None else [piece.family_id, None]
    for family_id in families:
        for model_id in (machine.model_id, None):
            rank = [p for p in policies if p.family_id == family_id and p.model_id == model_id]
            chosen = _newest_in_effect(rank, machine, trail)
            if chosen is not None:
                return chosen
    return None


def _newest_in_effect(rank: list[Terms], machine: Machine, trail: list[Step]) -> Terms | None:
    undated = None
    for terms in sorted(rank, key=lambda item: (item.effective_from, item.id), reverse=True):
        start = machine.starts.get(terms.start_event)
        if start is None:
            undated = undated or terms
        elif start < terms.effective_from:
            why = explain("not_effective", effective_from=terms.effective_from)
            trail.append(_step(terms, terms.clause, None, starts_on=start, until=None, why=why))
        elif terms.effective_to is not None and start > terms.effective_to:
            why = explain("withdrawn", effective_to=terms.effective_to)
            trail.append(_step(terms, terms.clause, None, starts_on=start, until=None, why=why))
        else:
            return terms
    # Terms of this rank would apply if only their start were known: that is a question, not a no.
    return undated


def _main_step(terms: Terms, start: date | None, on: date, meter: Decimal | None) -> Step:
    if start is None:
        why = explain(
            "start_unknown", event=str(terms.start_event), event_zh=_EVENTS_ZH[terms.start_event]
        )
        return _step(terms, terms.clause, Verdict.UNDECIDED, starts_on=None, until=None, why=why)
    until = add_months(start, terms.months)
    verdict, why = _within(terms, start, until, on, meter)
    return _step(terms, terms.clause, verdict, starts_on=start, until=until, why=why)


def _within(
    terms: Terms, start: date, until: date, on: date, meter: Decimal | None
) -> tuple[Verdict, Explanation]:
    if on < start:
        return Verdict.NOT_COVERED, explain("not_started", starts_on=start)
    if on > until:
        return Verdict.NOT_COVERED, explain("expired", until=until)
    limit, unit = terms.meter_limit, terms.meter_unit
    if limit is not None and meter is None:
        return Verdict.UNDECIDED, explain("meter_unknown", limit=limit, unit=unit)
    if limit is not None and meter is not None and meter > limit:
        why = explain("meter_over_limit", meter=meter, limit=limit, unit=unit)
        return Verdict.NOT_COVERED, why
    return Verdict.COVERED, explain("within_terms", until=until)


def _minimum_step(terms: Terms, replaced_on: date, on: date) -> Step:
    days = terms.replacement_days_min
    until = replaced_on + timedelta(days=days)
    facts = {"days": days, "fitted_on": replaced_on, "until": until}
    if replaced_on <= on <= until:
        verdict, why = Verdict.COVERED, explain("replacement_minimum", **facts)
    elif on < replaced_on:
        verdict, why = Verdict.NOT_COVERED, explain("not_started", starts_on=replaced_on)
    else:
        verdict, why = Verdict.NOT_COVERED, explain("replacement_minimum_over", **facts)
    return _step(
        terms, Clause.REPLACEMENT_MINIMUM, verdict, starts_on=replaced_on, until=until, why=why
    )


def _best(steps: Sequence[Step]) -> Step:
    """Return the step that is best for the customer; among equals the one that lasts longest."""
    rank = {Verdict.COVERED: 2, Verdict.UNDECIDED: 1, Verdict.NOT_COVERED: 0}

    def worth(step: Step) -> tuple[int, date]:
        assert step.verdict is not None
        return rank[step.verdict], step.until or date.max

    return max(steps, key=worth)


def _step(
    terms: Terms,
    clause: Clause,
    verdict: Verdict | None,
    *,
    starts_on: date | None,
    until: date | None,
    why: Explanation,
) -> Step:
    return Step(clause, terms.id, terms.name_en, terms.name_zh, verdict, starts_on, until, why)
