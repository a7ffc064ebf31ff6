"""Public verbs on business calendars."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from kernel.calendars.arithmetic import calendar_of
from kernel.calendars.model import CalendarSpec, Day, check_spec
from kernel.clock import utc_now
from kernel.errors import InvalidInput, NotFound
from kernel.ids import new_id
from registry import audit
from registry.changes import change, require_version
from registry.permissions import Principal
from work_orders.sla import documents, repository
from work_orders.sla.errors import Archived, CalendarInUse, NameTaken
from work_orders.sla.models import SlaCalendar

NAME_LENGTH_MAX = 100
_KIND = "sla_calendar"


@dataclass(frozen=True)
class CalendarFacts:
    """A business calendar and its version."""

    id: str
    name: str
    spec: CalendarSpec
    archived_at: datetime | None
    version: int


def _facts(row: SlaCalendar) -> CalendarFacts:
    return CalendarFacts(row.id, row.name, documents.spec_of(row), row.archived_at, row.version)


def checked_name(name: str) -> str:
    """Return a name without spaces around it.

    Raises:
        InvalidInput: it is empty, too long or cannot be printed.
    """
    stripped = name.strip()
    if not stripped or len(stripped) > NAME_LENGTH_MAX or not stripped.isprintable():
        raise InvalidInput(f"a name has 1 to {NAME_LENGTH_MAX} printable characters", field="name")
    return stripped


def list_calendars(
    session: Session, actor: Principal, *, archived: bool = False
) -> list[CalendarFacts]:
    """Return calendars by name.

    Raises:
        Forbidden: the actor may not change promised times.
    """
    actor.require("sla.manage")
    return [_facts(row) for row in repository.calendars(session, archived=archived)]


def create_calendar(
    session: Session, actor: Principal, name: str, spec: CalendarSpec
) -> CalendarFacts:
    """Make a calendar.

    Raises:
        Forbidden, NameTaken.
        InvalidCalendar: see `kernel.calendars.model.check_spec`.
    """
    actor.require("sla.manage")
    check_spec(spec)
    row = SlaCalendar(id=new_id("slc"), **_columns(session, None, name, spec))
    session.add(row)
    session.flush()
    audit.record(session, actor, f"{_KIND}.create", _KIND, row.id, changes={"name": [None, name]})
    return _facts(row)


def _columns(
    session: Session, calendar_id: str | None, name: str, spec: CalendarSpec
) -> dict[str, object]:
    wanted = checked_name(name)
    repository.lock_policies(session)
    for other in repository.calendars(session):
        if other.name == wanted and other.id != calendar_id:
            raise NameTaken(f"a calendar is called {wanted}", field="name", calendar_id=other.id)
    return {
        "name": wanted,
        "zone": spec.zone,
        "country": spec.country,
        "subdivision": spec.subdivision,
        "windows": documents.windows_document(spec.windows),
        "exceptions": documents.exceptions_document(spec.exceptions),
    }


def _find(session: Session, calendar_id: str) -> SlaCalendar:
    row = repository.calendar(session, calendar_id)
    if row is None:
        raise NotFound(f"no calendar {calendar_id}")
    return row


def update_calendar(
    session: Session,
    actor: Principal,
    calendar_id: str,
    name: str,
    spec: CalendarSpec,
    *,
    expected_version: int | None = None,
) -> CalendarFacts:
    """Change a calendar; what is open is worked out anew soon after.

    Raises:
        Forbidden, NotFound, StaleVersion, Archived, NameTaken.
        InvalidCalendar: see `kernel.calendars.model.check_spec`.
    """
    actor.require("sla.manage")
    row = _find(session, calendar_id)
    if row.archived_at is not None:
        raise Archived(f"{row.name} is archived")
    check_spec(spec)
    values = _columns(session, calendar_id, name, spec)
    if change(
        session, actor, row, values, kind=_KIND, organisation_id=None,
        expected_version=expected_version,
    ):  # fmt: skip
        repository.mark_open_stale(session)
    return _facts(row)


def archive_calendar(
    session: Session, actor: Principal, calendar_id: str, *, expected_version: int | None = None
) -> CalendarFacts:
    """Put a calendar away that no policy counts by. One put away already stays so.

    Raises:
        Forbidden, NotFound, StaleVersion.
        CalendarInUse: a policy in force counts by it.
    """
    actor.require("sla.manage")
    repository.lock_policies(session)
    row = _find(session, calendar_id)
    require_version(row, expected_version)
    if row.archived_at is None:
        users = repository.policies_by_calendar(session, calendar_id)
        if users:
            raise CalendarInUse(f"{', '.join(users)} counts by it", policies=list(users))
        change(
            session, actor, row, {"archived_at": utc_now()}, kind=_KIND, organisation_id=None,
            expected_version=None, action=f"{_KIND}.archive",
        )  # fmt: skip
    return _facts(row)


def preview(actor: Principal, spec: CalendarSpec, year: int, month: int) -> list[Day]:
    """Return the days of a month as a calendar, kept or not yet, has them.

    Raises:
        Forbidden, InvalidCalendar.
    """
    actor.require("sla.manage")
    calendar = calendar_of(spec)
    first = date(year, month, 1)
    days = (first + timedelta(days=count) for count in range(31))
    return [calendar.day(each) for each in days if each.month == month]


def try_out(actor: Principal, spec: CalendarSpec, starts: datetime, minutes: int) -> datetime:
    """Return when so many minutes of working time from an instant are over.

    Raises:
        Forbidden, InvalidCalendar.
        BeyondReach: it does not come.
    """
    actor.require("sla.manage")
    ends = calendar_of(spec).after(starts, timedelta(minutes=minutes))
    assert ends is not None  # without pauses there is an end
    return ends
