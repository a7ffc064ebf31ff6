"""Choosing an engineer: pure, and the same for the same facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from work_orders.rules import UNSPECIFIED


@dataclass(frozen=True)
class Candidate:
    """An active engineer who may work for the asset's organisation."""

    id: str
    name: str
    skills: frozenset[str]
    site_match: bool
    on_shift: bool
    open_tickets: int


@dataclass(frozen=True)
class Choice:
    """Who was chosen and why, or why nobody was.

    Attributes:
        code: `chosen`, `no_site` (the asset is at no site), `nobody_at_site`, `nobody_with_skill`.
        wanted: the skills that were looked for; any one of them is enough.
        considered: how many engineers look after the site.
    """

    engineer: Candidate | None
    code: str
    wanted: tuple[str, ...]
    considered: int = 0

    def explanation(self) -> dict[str, object]:
        """Return the choice as the ticket keeps it."""
        facts: dict[str, object] = {
            "code": self.code,
            "wanted": list(self.wanted),
            "considered": self.considered,
        }
        if self.engineer is not None:
            facts |= {
                "assignee_id": self.engineer.id,
                "assignee_name": self.engineer.name,
                "matched": sorted(self.engineer.skills & set(self.wanted)),
                "on_shift": self.engineer.on_shift,
                "open_tickets": self.engineer.open_tickets,
            }
        return facts


def wanted_skills(equipment_class: str, failure_mode: str) -> tuple[str, ...]:
    """Return the skills that fit: the class of equipment or the failure mode, where known."""
    return tuple(each for each in (equipment_class, failure_mode) if each != UNSPECIFIED)


def ranked(candidates: Collection[Candidate], wanted: Collection[str]) -> list[Candidate]:
    """Sort by most skills that fit, then who works now, then fewest open tickets, then by name."""
    return sorted(
        candidates,
        key=lambda each: (
            -len(each.skills & set(wanted)),
            not each.on_shift,
            each.open_tickets,
            each.name,
            each.id,
        ),
    )


def choose(candidates: Sequence[Candidate], wanted: tuple[str, ...], *, has_site: bool) -> Choice:
    """Choose the engineer for an order.

    Site and skill are musts. The shift is a preference: at night an order still gets an owner, who finds it
    in the morning. Where neither class nor failure mode is known, no skill is asked for.
    """
    if not has_site:
        return Choice(None, "no_site", wanted)
    at_site = [each for each in candidates if each.site_match]
    if not at_site:
        return Choice(None, "nobody_at_site", wanted)
    skilled = [each for each in at_site if not wanted or each.skills & set(wanted)]
    if not skilled:
        return Choice(None, "nobody_with_skill", wanted, len(at_site))
    return Choice(ranked(skilled, wanted)[0], "chosen", wanted, len(at_site))
