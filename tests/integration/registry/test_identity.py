"""Who somebody is to the platform: scope by the tree, rights by the rows, engineers by suitability."""

from datetime import UTC, datetime, time

import pytest
from sqlalchemy.orm import Session

from kernel.clock import FakeClock, use_clock
from kernel.db import Database
from kernel.errors import Forbidden
from kernel.ids import new_id
from registry.identity.errors import WeakPassword
from registry.identity.service import (
    create_person,
    find_engineers,
    principal_for,
    set_password,
)
from registry.models import Organisation, Shift
from registry.organisations import service as organisations
from registry.organisations.errors import ManufacturerExists
from registry.permissions import PLATFORM, Principal
from registry.sign_in.errors import WrongSignIn
from registry.sign_in.service import authenticate
from tests.support import factories


def _principal(session: Session, role: str, owner: Organisation | None = None) -> Principal:
    found = principal_for(session, factories.person(session, role, owner).id)
    assert found is not None
    return found


def test_scope_follows_the_tree(database: Database) -> None:
    with database.transaction() as session:
        dealer = factories.organisation(session, "dealer")
        sub_dealer = factories.organisation(session, "dealer", parent=dealer.id)
        customer = factories.organisation(session, parent=sub_dealer.id)
        factories.organisation(session)
        assert _principal(session, "engineer").scope is None
        assert _principal(session, "dealer", dealer).scope == frozenset(
            {
                dealer.id,
                sub_dealer.id,
                customer.id,
            }
        )
        assert _principal(session, "dealer", sub_dealer).scope == frozenset(
            {sub_dealer.id, customer.id}
        )
        assert _principal(session, "customer", customer).scope == frozenset({customer.id})


def test_a_loop_in_the_tree_ends(database: Database) -> None:
    with database.transaction() as session:
        one = factories.organisation(session, "dealer")
        two = factories.organisation(session, "dealer", parent=one.id)
        one.parent_id = two.id  # no verb does this; a restored backup might
        session.flush()
        assert _principal(session, "dealer", one).scope == frozenset({one.id, two.id})


def test_nobody_acts_without_a_live_account(database: Database) -> None:
    with database.transaction() as session:
        customer = factories.organisation(session)
        person = factories.person(session, "customer", customer)
        assert principal_for(session, "per_none") is None
        person.active = False
        session.flush()
        assert principal_for(session, person.id) is None
        person.active = True
        customer.archived_at = datetime(2026, 1, 1, tzinfo=UTC)
        session.flush()
        assert principal_for(session, person.id) is None


def test_rights_are_those_of_all_roles(database: Database) -> None:
    with database.transaction() as session:
        owner = factories.manufacturer(session)
        made = create_person(
            session,
            PLATFORM,
            organisation_id=owner.id,
            name="Li Na",
            email="Li.Na@Example.com",
            roles=["storekeeper", "finance"],
        )
        found = principal_for(session, made.id)
    assert found is not None
    assert found.may("parts.move")
    assert found.may("claims.pay")
    assert not found.may("work_orders.handle")
    assert (made.email, made.invited) == ("li.na@example.com", True)


def test_a_password_lets_in_and_the_wrong_one_does_not(database: Database) -> None:
    with database.transaction() as session:
        person = factories.person(session, "engineer")
        stranger = _principal(session, "engineer")
        with pytest.raises(WeakPassword):
            set_password(session, PLATFORM, person.id, "short")
        with pytest.raises(Forbidden):
            set_password(session, stranger, person.id, "four sensible words")
        set_password(session, PLATFORM, person.id, "four sensible words")
        assert (
            authenticate(session, person.email.upper(), "four sensible words").person_id
            == person.id
        )
        for email, password in ((person.email, "x"), ("nobody@example.com", "four sensible words")):
            with pytest.raises(WrongSignIn):
                authenticate(session, email, password)


def test_there_is_one_manufacturer(database: Database) -> None:
    with database.transaction() as session:
        assert organisations.find_manufacturer(session) is None
        made = organisations.create_manufacturer(session, PLATFORM, "Acme Pumps")
        with pytest.raises(ManufacturerExists, match="Acme Pumps"):
            organisations.create_manufacturer(session, PLATFORM, "Other")
        assert organisations.find_manufacturer(session) == made


def test_engineers_who_suit_come_first(database: Database) -> None:
    monday_morning_in_shanghai = FakeClock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    with database.transaction() as session, use_clock(monday_morning_in_shanghai):
        dealer = factories.organisation(session, "dealer")
        customer = factories.organisation(session, parent=dealer.id)
        site, elsewhere = factories.site(session, customer), factories.site(session, customer)
        made = {
            "best": factories.person(session, "engineer", sites=(site,), skills=("pumps", "seals")),
            "dealers": factories.person(session, "engineer", dealer, skills=("pumps",)),
            "asleep": factories.person(session, "engineer", sites=(site,), skills=("pumps",)),
            "unskilled": factories.person(session, "engineer", sites=(site,)),
        }
        session.add(
            Shift(
                id=new_id("sft"),
                person_id=made["asleep"].id,
                weekday=1,
                starts_at=time(12),
                ends_at=time(20),
                time_zone="Asia/Shanghai",
            )
        )
        stranger = factories.organisation(session, "dealer")
        factories.person(session, "engineer", stranger, sites=(elsewhere,), skills=("pumps",))
        factories.person(session, "storekeeper", sites=(site,), skills=("pumps",))
        gone = factories.person(session, "engineer", sites=(site,), skills=("pumps",))
        gone.active = False
        session.flush()
        found = find_engineers(session, site.id, ["pumps"])
        assert [one.id for one in found] == [
            made[name].id for name in ("best", "asleep", "dealers", "unskilled")
        ]
        assert [one.on_shift for one in found] == [True, False, True, True]
        assert [one.site_match for one in found] == [True, True, False, True]
        assert found[-1].missing_skills == ("pumps",)
        of_the_manufacturer = {one.id for one in find_engineers(session, None)}
        assert made["dealers"].id not in of_the_manufacturer
        assert made["best"].id in of_the_manufacturer
