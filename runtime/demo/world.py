"""The demo's own world: a manufacturer's customers, people, machines and a gateway, made through the API.

What was made is kept in the data folder, so that a demo started again goes on where it was. Names carry a
short tag: a database that others use too can hold several demo worlds.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from runtime.demo.client import ApiClient

WORLD_FILE = "demo.json"
PUMP = "pump-1"


@dataclass(frozen=True)
class Login:
    """How somebody of the demo signs in."""

    name: str
    email: str
    password: str


@dataclass
class World:
    """What the demo made.

    Attributes:
        tag: what tells this world's names from another's.
        logins: role → how somebody of that role signs in.
        person_ids: role → id of that person.
        assets: machine name → asset id.
        serials: machine name → serial number.
        gateway_id: id of the gateway.
        gateway_key: its signing key, hexadecimal.
        bearing: part number of the pump's bearing.
        van_id: the engineer's van, a stock location.
    """

    tag: str
    logins: dict[str, Login] = field(default_factory=dict)
    person_ids: dict[str, str] = field(default_factory=dict)
    assets: dict[str, str] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)
    gateway_id: str = ""
    gateway_key: str = ""
    bearing: str = ""
    van_id: str = ""

    def save(self, data_dir: Path) -> None:
        """Keep the world in the data folder; only its owner may read it."""
        path = data_dir / WORLD_FILE
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False))

    @classmethod
    def load(cls, data_dir: Path) -> "World | None":
        """Return the world kept in a data folder, if there is one."""
        path = data_dir / WORLD_FILE
        if not path.exists():
            return None
        kept = json.loads(path.read_text())
        kept["logins"] = {role: Login(**login) for role, login in kept["logins"].items()}
        return cls(**kept)


@dataclass(frozen=True)
class _Person:
    role: str
    name: str
    language: str
    skills: tuple[str, ...] = ()


_STAFF = (
    _Person("desk_agent", "Zhao Min", "zh"),
    _Person("desk_lead", "Chen Jie", "zh"),
    _Person("engineer", "Li Na", "zh", ("pump", "bearing_wear", "seal_leak")),
    _Person("storekeeper", "Wu Hao", "zh"),
    _Person("claims_adjudicator", "Sofia Berg", "en"),
    _Person("finance", "Tom Ahlers", "en"),
)
_MODELS = {
    "pump-1": ("P-200", "Feed pump P-200", "pump"),
    "spindle-1": ("S-90", "Milling spindle S-90", "spindle"),
    "compressor-1": ("K-37", "Screw compressor K-37", "compressor"),
    "fan-1": ("F-12", "Extraction fan F-12", "fan"),
    "chiller-1": ("C-60", "Process chiller C-60", "chiller"),
}


def new_tag() -> str:
    """Return a short tag for a new world."""
    return secrets.token_hex(2)


class WorldBuilder:
    """Makes a world as its administrator."""

    def __init__(self, admin: ApiClient, base_url: str, tag: str, admin_login: Login) -> None:
        self._admin = admin
        self._base_url = base_url
        self.world = World(tag, logins={"admin": admin_login})

    def build(self) -> World:
        """Make everything and return what was made."""
        me = self._admin.get("/session")
        manufacturer_id = me["organisation"]["id"]
        self.world.person_ids["admin"] = me["person_id"]
        dealer = self._organisation("dealer", "East China Service", manufacturer_id)
        customer = self._organisation("customer", "Hangzhou Water", dealer["id"], tier="gold")
        site = self._post(
            "/sites",
            organisation_id=customer["id"],
            name="Plant 2",
            address="18 Tianmushan Road, Hangzhou",
            time_zone="Asia/Shanghai",
            latitude=30.27,
            longitude=120.15,
        )
        for person in _STAFF:
            self._person(person, manufacturer_id, [site["id"]] if person.role == "engineer" else [])
        self._person(_Person("dealer", "Sun Tao", "zh"), dealer["id"], [])
        self._person(_Person("customer", "Wang Wei", "zh"), customer["id"], [])
        models = self._models()
        for machine, model_id in models.items():
            self._asset(machine, model_id, customer["id"], site["id"])
        gateway = self._post("/gateways", name="Pump house gateway", site_id=site["id"])
        self.world.gateway_id = gateway["id"]
        self.world.gateway_key = gateway["key"]
        self._warranty(models["pump-1"], manufacturer_id)
        return self.world

    def _post(self, path: str, **body: Any) -> Any:
        return self._admin.post(path, body)

    def _named(self, name: str) -> str:
        return f"{name} ({self.world.tag})"

    def _organisation(self, kind: str, name: str, parent_id: str, tier: str = "standard") -> Any:
        return self._post(
            "/organisations", kind=kind, name=self._named(name), parent_id=parent_id, tier=tier
        )

    def _person(self, person: _Person, organisation_id: str, site_ids: list[str]) -> None:
        login = Login(
            person.name,
            f"{person.role.replace('_', '.')}.{self.world.tag}@forewarn.example",
            secrets.token_urlsafe(9),
        )
        made = self._post(
            "/people",
            organisation_id=organisation_id,
            name=person.name,
            email=login.email,
            roles=[person.role],
            language=person.language,
            skills=list(person.skills),
            site_ids=site_ids,
        )
        accept_invitation(self._base_url, made["invitation"]["url"], login.password)
        self.world.logins[person.role] = login
        self.world.person_ids[person.role] = made["id"]

    def _models(self) -> dict[str, str]:
        return {
            machine: self._post(
                "/product-models",
                code=f"{code}-{self.world.tag.upper()}",
                name=name,
                equipment_class=equipment_class,
            )["id"]
            for machine, (code, name, equipment_class) in _MODELS.items()
        }

    def _asset(self, machine: str, model_id: str, organisation_id: str, site_id: str) -> None:
        code, name, _ = _MODELS[machine]
        serial = f"{code.replace('-', '')}-{self.world.tag.upper()}-01"
        today = date.today()  # noqa: DTZ011 - a date of the calendar, no moment
        made = self._post(
            "/assets",
            serial_number=serial,
            name=name,
            model_id=model_id,
            organisation_id=organisation_id,
            site_id=site_id,
            location="Pump house",
            manufactured_on=str(today - timedelta(days=240)),
            delivered_on=str(today - timedelta(days=200)),
            commissioned_on=str(today - timedelta(days=180)),
        )
        self.world.assets[machine] = made["id"]
        self.world.serials[machine] = serial

    def _warranty(self, pump_model_id: str, manufacturer_id: str) -> None:
        """A year on the machine, two on its bearings, and one bearing in the engineer's van."""
        tag = self.world.tag.upper()
        since = str(date.today() - timedelta(days=730))  # noqa: DTZ011 - a date of the calendar
        bearing = self._post(
            "/parts",
            number=f"B-6309-{tag}",
            name_en="Deep groove ball bearing 6309",
            name_zh="深沟球轴承 6309",
            serialised=True,
            unit_price_minor=18_600,
            currency="CNY",
        )
        self.world.bearing = bearing["number"]
        self._post(
            "/policies",
            name_en="Pumps: one year from commissioning",
            name_zh="水泵：自调试起一年",
            start_event="commissioning",
            months=12,
            effective_from=since,
            model_id=pump_model_id,
        )
        self._post(
            "/policies",
            name_en="Bearings: two years from commissioning",
            name_zh="轴承：自调试起两年",
            start_event="commissioning",
            months=24,
            effective_from=since,
            family_id=bearing["family_id"],
            replacement_days_min=90,
        )
        self._stock(manufacturer_id)

    def _stock(self, manufacturer_id: str) -> None:
        supplier, warehouse, van = (
            self._post(
                "/locations",
                kind=kind,
                name=self._named(name),
                organisation_id=manufacturer_id,
                **more,
            )["id"]
            for kind, name, more in (
                ("supplier", "Bearing supplier", {}),
                ("warehouse", "Central warehouse", {}),
                ("van", "Li Na's van", {"person_id": self.world.person_ids["engineer"]}),
            )
        )
        self.world.van_id = van
        for source, target, quantity in ((supplier, warehouse, 20), (warehouse, van, 2)):
            self._post(
                "/movements",
                part_number=self.world.bearing,
                from_location_id=source,
                to_location_id=target,
                quantity=quantity,
            )


def accept_invitation(base_url: str, url: str, password: str) -> None:
    """Set somebody's password with the link they were given, as they would in the browser."""
    import httpx

    parts = urlsplit(url)
    token = (parse_qs(parts.query) or parse_qs(parts.fragment))["token"][0]
    response = httpx.post(
        f"{base_url}/api/v1/password-links/use",
        json={"token": token, "new_password": password},
        timeout=20,
    )
    response.raise_for_status()
