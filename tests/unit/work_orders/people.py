"""Principals made of roles, for tests without a database."""

from registry.permissions import ROLES, Principal


def somebody(
    role: str, *, person_id: str | None = None, scope: frozenset[str] | None = None
) -> Principal:
    return Principal(
        person_id=person_id or f"per_{role}",
        name=role.title(),
        organisation_id="org_m",
        roles=frozenset({role}),
        permissions=ROLES[role],
        scope=scope,
    )
