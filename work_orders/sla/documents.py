"""Policies, calendars and histories as the database keeps them, and back."""

from typing import Any

from pydantic import TypeAdapter

from kernel.calendars.arithmetic import Calendar, calendar_of
from kernel.calendars.model import CalendarSpec, DayException, Window
from work_orders.sla.history import History
from work_orders.sla.models import SlaCalendar, SlaPolicy
from work_orders.sla.rules import Facts, Policy, Recipients

_POLICY = TypeAdapter(Policy)
_HISTORY = TypeAdapter(History)
_FACTS = TypeAdapter(Facts)
_RECIPIENTS = TypeAdapter(Recipients)
_WINDOWS = TypeAdapter(tuple[Window, ...])
_EXCEPTIONS = TypeAdapter(tuple[DayException, ...])


def terms_of(policy: Policy) -> dict[str, Any]:
    """Return what a policy's row keeps as `terms`."""
    document: dict[str, Any] = _POLICY.dump_python(policy, mode="json")
    del document["id"]
    return document


def policy_of(row: SlaPolicy) -> Policy:
    """Return a policy."""
    return _POLICY.validate_python({**row.terms, "id": row.id})


def history_document(history: History) -> dict[str, Any]:
    """Return a history for its column."""
    document: dict[str, Any] = _HISTORY.dump_python(history, mode="json")
    return document


def history_of(document: dict[str, Any]) -> History:
    """Return a history."""
    return _HISTORY.validate_python(document)


def facts_document(facts: Facts) -> dict[str, Any]:
    """Return what policies are matched by, for its column."""
    document: dict[str, Any] = _FACTS.dump_python(facts, mode="json")
    return document


def facts_of(document: dict[str, Any]) -> Facts:
    """Return what policies are matched by."""
    return _FACTS.validate_python(document)


def recipients_document(recipients: Recipients) -> dict[str, Any]:
    """Return recipients for their column."""
    document: dict[str, Any] = _RECIPIENTS.dump_python(recipients, mode="json")
    return document


def windows_document(windows: tuple[Window, ...]) -> list[dict[str, Any]]:
    """Return windows for their column."""
    document: list[dict[str, Any]] = _WINDOWS.dump_python(windows, mode="json")
    return document


def exceptions_document(exceptions: tuple[DayException, ...]) -> list[dict[str, Any]]:
    """Return exceptions for their column."""
    document: list[dict[str, Any]] = _EXCEPTIONS.dump_python(exceptions, mode="json")
    return document


def spec_of(row: SlaCalendar) -> CalendarSpec:
    """Return what a calendar is."""
    return CalendarSpec(
        zone=row.zone,
        windows=_WINDOWS.validate_python(row.windows),
        country=row.country,
        subdivision=row.subdivision,
        exceptions=_EXCEPTIONS.validate_python(row.exceptions),
    )


def calendar_from(row: SlaCalendar) -> Calendar:
    """Return the arithmetic of a calendar."""
    return calendar_of(spec_of(row))
