"""Bodies of promised times: calendars, policies, clocks."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import Field

from api.schemas.base import Identifier, Input, Line, Output
from kernel.calendars.model import CalendarSpec, Day, DayException, Span, Window
from work_orders.sla.calendars import CalendarFacts
from work_orders.sla.policies import PolicyFacts
from work_orders.sla.rules import (
    Escalation,
    Facts,
    Match,
    Policy,
    Recipients,
    Target,
    TargetSpec,
)

TargetName = Literal["first_response", "next_response", "resolution"]
Minute = Annotated[int, Field(ge=0, le=2880, description="Minutes after the local midnight")]
Names = Annotated[list[Line], Field(max_length=200)]
Ids = Annotated[list[Identifier], Field(max_length=200)]


class SlaSpanBody(Input):
    """A piece of a day; past 1440 it runs into the next morning."""

    starts: Minute
    ends: Minute

    def to_domain(self) -> Span:
        """Return it as the domain takes it."""
        return Span(self.starts, self.ends)


class SlaWindowBody(SlaSpanBody):
    """Working time of a weekday; 0 is Monday."""

    weekday: Annotated[int, Field(ge=0, le=6)]


class SlaExceptionBody(Input):
    """A day the company works, or takes off when it has no spans."""

    day: date
    spans: Annotated[list[SlaSpanBody], Field(max_length=24)] = Field(default_factory=list)
    name: Annotated[str, Field(max_length=100)] = ""


class CalendarSpecBody(Input):
    """What a calendar is."""

    zone: Annotated[str, Field(max_length=64, description="IANA time zone")]
    windows: Annotated[list[SlaWindowBody], Field(max_length=100)]
    country: Annotated[str, Field(max_length=2)] | None = None
    subdivision: Annotated[str, Field(max_length=8)] | None = None
    exceptions: Annotated[list[SlaExceptionBody], Field(max_length=2000)] = Field(
        default_factory=list
    )

    def to_domain(self) -> CalendarSpec:
        """Return it as the domain takes it."""
        return CalendarSpec(
            zone=self.zone,
            windows=tuple(Window(each.weekday, each.to_domain()) for each in self.windows),
            country=self.country,
            subdivision=self.subdivision,
            exceptions=tuple(
                DayException(each.day, tuple(span.to_domain() for span in each.spans), each.name)
                for each in self.exceptions
            ),
        )

    @classmethod
    def of(cls, spec: CalendarSpec) -> Self:
        """Return what is shown."""
        return cls.model_validate(
            {
                "zone": spec.zone,
                "windows": [{"weekday": each.weekday, **vars(each.span)} for each in spec.windows],
                "country": spec.country,
                "subdivision": spec.subdivision,
                "exceptions": [
                    {
                        "day": each.day,
                        "spans": [vars(span) for span in each.spans],
                        "name": each.name,
                    }
                    for each in spec.exceptions
                ],
            }
        )


class CalendarIn(Input):
    """A calendar to keep."""

    name: Line
    spec: CalendarSpecBody


class CalendarView(Output):
    """A calendar."""

    id: str
    name: str
    spec: CalendarSpecBody
    archived_at: datetime | None
    version: int

    @classmethod
    def of(cls, facts: CalendarFacts) -> Self:
        """Return what is shown."""
        return cls.model_validate({**vars(facts), "spec": CalendarSpecBody.of(facts.spec)})


class CalendarList(Output):
    """Calendars by name."""

    items: list[CalendarView]


class SlaMonthIn(Input):
    """A calendar, kept or not, and a month to look at."""

    spec: CalendarSpecBody
    year: Annotated[int, Field(ge=1990, le=2100)]
    month: Annotated[int, Field(ge=1, le=12)]


class SlaDayView(Output):
    """One day; `names` of the holiday in English and Chinese."""

    day: date
    kind: Literal["working", "weekend", "holiday", "makeup", "added", "taken_off"]
    names: tuple[str, str] | None
    spans: list[SlaSpanBody]

    @classmethod
    def of(cls, day: Day) -> Self:
        """Return what is shown."""
        return cls.model_validate({**vars(day), "spans": [vars(each) for each in day.spans]})


class SlaMonthView(Output):
    """The days of a month."""

    items: list[SlaDayView]


class SlaTryIn(Input):
    """How long until so many minutes of working time are over?"""

    spec: CalendarSpecBody
    starts_at: datetime
    minutes: Annotated[int, Field(ge=0, le=527_040)]


class SlaTryView(Output):
    """When they are over."""

    ends_at: datetime


class SlaRecipientsBody(Input):
    """People by id and everybody of some roles."""

    user_ids: Ids = Field(default_factory=list)
    roles: Names = Field(default_factory=list)

    def to_domain(self) -> Recipients:
        """Return it as the domain takes it."""
        return Recipients(tuple(self.user_ids), tuple(self.roles))


class SlaTargetBody(Input):
    """So many minutes of a calendar's working time."""

    minutes: int
    calendar_id: Identifier


class SlaEscalationBody(Input):
    """A step at a share of the target, or after minutes of working time from its start."""

    target: TargetName
    level: int
    recipients: SlaRecipientsBody = SlaRecipientsBody()
    share: float | None = None
    minutes: int | None = None
    channels: Names = Field(default_factory=list)

    def to_domain(self) -> Escalation:
        """Return it as the domain takes it."""
        return Escalation(
            target=Target(self.target),
            level=self.level,
            recipients=self.recipients.to_domain(),
            share=self.share,
            minutes=self.minutes,
            channels=tuple(self.channels),
        )


class SlaMatchBody(Input):
    """For which tickets; an empty list means any. `kinds` may hold `claim`."""

    tiers: Names = Field(default_factory=list)
    categories: Names = Field(default_factory=list)
    priorities: Names = Field(default_factory=list)
    kinds: Names = Field(default_factory=list)
    asset_ids: Ids = Field(default_factory=list)
    model_ids: Ids = Field(default_factory=list)


class SlaPolicyIn(Input):
    """A policy to keep; the lower `position` is looked at first."""

    name: Line
    position: int
    match: SlaMatchBody = SlaMatchBody()
    targets: dict[TargetName, SlaTargetBody]
    warn_shares: Annotated[list[float], Field(max_length=10)] = Field(default_factory=list)
    warned: SlaRecipientsBody = SlaRecipientsBody()
    breached: SlaRecipientsBody = SlaRecipientsBody()
    escalations: Annotated[list[SlaEscalationBody], Field(max_length=30)] = Field(
        default_factory=list
    )
    pausing_reasons: Names = Field(default_factory=list)

    def to_domain(self, policy_id: str = "") -> Policy:
        """Return it as the domain takes it."""
        return Policy(
            id=policy_id,
            match=Match(**{name: tuple(each) for name, each in self.match.model_dump().items()}),
            targets={
                Target(name): TargetSpec(each.minutes, each.calendar_id)
                for name, each in self.targets.items()
            },
            warn_shares=tuple(self.warn_shares),
            warned=self.warned.to_domain(),
            breached=self.breached.to_domain(),
            escalations=tuple(each.to_domain() for each in self.escalations),
            pausing_reasons=tuple(self.pausing_reasons),
        )


class SlaRecipientsView(Output):
    """People by id and roles."""

    user_ids: list[str]
    roles: list[str]


class SlaTargetView(Output):
    """So many minutes of a calendar's working time."""

    minutes: int
    calendar_id: str


class SlaEscalationView(Output):
    """A step of the chain."""

    target: TargetName
    level: int
    recipients: SlaRecipientsView
    share: float | None
    minutes: int | None
    channels: list[str]


class SlaMatchView(Output):
    """For which tickets."""

    tiers: list[str]
    categories: list[str]
    priorities: list[str]
    kinds: list[str]
    asset_ids: list[str]
    model_ids: list[str]


class SlaPolicyView(Output):
    """A policy."""

    id: str
    name: str
    position: int
    match: SlaMatchView
    targets: dict[TargetName, SlaTargetView]
    warn_shares: list[float]
    warned: SlaRecipientsView
    breached: SlaRecipientsView
    escalations: list[SlaEscalationView]
    pausing_reasons: list[str]
    archived_at: datetime | None
    version: int

    @classmethod
    def of(cls, facts: PolicyFacts) -> Self:
        """Return what is shown."""
        return cls.model_validate(
            {
                **vars(facts.policy),
                "targets": {str(name): spec for name, spec in facts.policy.targets.items()},
                "name": facts.name,
                "position": facts.position,
                "archived_at": facts.archived_at,
                "version": facts.version,
            }
        )


class SlaPolicyList(Output):
    """Policies in the order in which they are looked at."""

    items: list[SlaPolicyView]


class SlaLookIn(Input):
    """A ticket that might come."""

    kind: Line
    priority: Line | None = None
    tier: Line | None = None
    category: Line | None = None
    asset_id: Identifier | None = None
    model_id: Identifier | None = None

    def to_domain(self) -> Facts:
        """Return it as the domain takes it."""
        return Facts(**self.model_dump())


class SlaLookedView(Output):
    """A policy that was looked at, and which of its conditions do not hold."""

    policy_id: str
    name: str
    misses: list[str]


class SlaLookView(Output):
    """Which policy would count; None means that nothing is promised."""

    policy_id: str | None
    looked: list[SlaLookedView]


class SlaClockView(Output):
    """A clock now; seconds are of working time."""

    target: TargetName
    round: int
    state: Literal["running", "paused", "met", "missed", "cancelled"]
    breached: bool
    ticking: bool
    paused_why: str | None
    started_at: datetime
    stopped_at: datetime | None
    due_at: datetime | None
    target_s: int
    elapsed_s: int


class TicketClocksView(Output):
    """The clocks of a ticket."""

    ticket_id: str
    policy_name: str | None
    clocks: list[SlaClockView]


class TicketClocksList(Output):
    """Clocks of the tickets that were asked for and may be seen."""

    items: list[TicketClocksView]
