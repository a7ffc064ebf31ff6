"""Who may do what: permissions are names, roles are sets of them kept as data, scope is by organisation.

The table below is what a new installation starts with; an administrator changes the roles' rows, not this
file. A principal sees an object when its organisation is in the principal's scope: the manufacturer sees
everybody, a dealer itself and the customers below it, a customer itself.
"""

from dataclasses import dataclass

from kernel.errors import Forbidden, NotFound

PERMISSIONS: dict[str, str] = {
    "administration.manage": "Change organisations, people, roles, sites, models and assets",
    "people.read": "See people and contacts",
    "assets.read": "See sites, assets and their history",
    "assets.write": "Register and change assets",
    "telemetry.read": "See series and readings",
    "gateways.read": "See gateways and quarantine",
    "gateways.manage": "Make and revoke gateways, replay and drop quarantine",
    "ingest.send": "Send readings",
    "alarms.read": "See alarms",
    "alarms.handle": "Acknowledge, shelve and comment on alarms",
    "complaints.read": "See complaints",
    "complaints.create": "Take or make a complaint",
    "complaints.handle": "Triage, link and close complaints",
    "work_orders.read": "See work orders",
    "work_orders.create": "Make work orders",
    "work_orders.assign": "Assign and cancel work orders",
    "work_orders.handle": "Work on orders assigned to oneself",
    "claims.read": "See claims and coverage",
    "claims.submit": "Submit claims",
    "claims.decide": "Decide claims and override refusals",
    "claims.pay": "Mark claims paid or reversed",
    "parts.read": "See parts and stock",
    "parts.move": "Move parts between locations",
    "policies.manage": "Change warranty policies, parts and suppliers",
    "audit.read": "See the audit trail",
    "knowledge.read": "Read articles and see similar past cases",
    "knowledge.write": "Write articles",
    "knowledge.publish": "Publish articles and put them away",
    "sla.manage": "Change SLA policies and business calendars",
}

_READ_ALL = {
    "people.read",
    "assets.read",
    "telemetry.read",
    "alarms.read",
    "complaints.read",
    "work_orders.read",
    "claims.read",
    "parts.read",
    "knowledge.read",
}

ROLES: dict[str, frozenset[str]] = {
    "admin": frozenset(PERMISSIONS) - {"ingest.send"},
    "desk_agent": frozenset(
        _READ_ALL
        | {
            "gateways.read",
            "alarms.handle",
            "complaints.create",
            "complaints.handle",
            "work_orders.create",
            "knowledge.write",
        }
    ),
    "desk_lead": frozenset(
        _READ_ALL
        | {
            "gateways.read",
            "alarms.handle",
            "assets.write",
            "complaints.create",
            "complaints.handle",
            "work_orders.create",
            "work_orders.assign",
            "work_orders.handle",
            "audit.read",
            "knowledge.write",
            "knowledge.publish",
            "sla.manage",
        }
    ),
    "engineer": frozenset(
        _READ_ALL
        | {"alarms.handle", "work_orders.handle", "claims.submit", "parts.move", "knowledge.write"}
    ),
    "storekeeper": frozenset(
        {"assets.read", "work_orders.read", "parts.read", "parts.move", "knowledge.read"}
    ),
    "claims_adjudicator": frozenset(
        _READ_ALL | {"claims.submit", "claims.decide", "policies.manage"}
    ),
    "finance": frozenset({"assets.read", "claims.read", "claims.pay", "parts.read", "audit.read"}),
    "dealer": frozenset(_READ_ALL | {"complaints.create", "claims.submit"}),
    "customer": frozenset(
        {
            "assets.read",
            "telemetry.read",
            "alarms.read",
            "complaints.read",
            "complaints.create",
            "work_orders.read",
            "claims.read",
            "knowledge.read",
        }
    ),
    "gateway": frozenset({"ingest.send"}),
}


@dataclass(frozen=True)
class Principal:
    """Whoever acts: a person, a machine with a token, or the platform itself.

    Attributes:
        person_id: id of the person; None for the platform itself.
        name: shown in timelines and the audit trail.
        organisation_id: where they belong; None for the platform itself.
        roles: names of their roles.
        permissions: what these roles allow.
        scope: ids of the organisations whose objects they see; None means all.
        language: `zh` or `en`.
    """

    person_id: str | None
    name: str
    organisation_id: str | None
    roles: frozenset[str]
    permissions: frozenset[str]
    scope: frozenset[str] | None
    language: str = "en"

    def may(self, permission: str) -> bool:
        """Tell whether a permission is held."""
        assert permission in PERMISSIONS, permission
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Refuse unless a permission is held.

        Raises:
            Forbidden: it is not; the permission is named.
        """
        if not self.may(permission):
            raise Forbidden(f"this needs the permission {permission}", permission=permission)

    def sees(self, organisation_id: str) -> bool:
        """Tell whether objects of an organisation are in scope."""
        return self.scope is None or organisation_id in self.scope

    def require_sees(self, organisation_id: str, what: str) -> None:
        """Refuse an object that is out of scope, in the words used for one that is not there.

        Raises:
            NotFound: the organisation is out of scope.
        """
        if not self.sees(organisation_id):
            raise NotFound(f"no {what}")


PLATFORM = Principal(
    person_id=None,
    name="Forewarn",
    organisation_id=None,
    roles=frozenset(),
    permissions=frozenset(PERMISSIONS),
    scope=None,
)
