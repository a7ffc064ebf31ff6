"""Which addresses may be channels."""

import ipaddress

import pytest

from work_orders.notices import addresses, providers
from work_orders.notices.errors import ForbiddenAddress, InvalidChannel
from work_orders.notices.settings import SCHEMES

KNOWN = set(SCHEMES.split(","))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "malformed"),
        ("dingtalk://", "malformed"),
        ("javascript:alert(1)", "malformed"),
        ("file:///etc/passwd", "unknown_scheme"),
        ("syslog://localhost", "unknown_scheme"),
        ("dbus://", "malformed"),
        ("mailto://relay.example.com?to=all@example.com", "unknown_scheme"),
        ("json://example.com/a\r\nX-Evil: 1", "malformed"),
        ("workflows://h/a/b?template=/etc/passwd", "parameter"),
        ("jsons://example.com/?verify=no", "parameter"),
        ("json://example.com/?redirect=yes", "parameter"),
        ("json://" + "x" * 1001, "too_long"),
    ],
)
def test_bad_addresses_are_refused_without_being_repeated(address: str, reason: str) -> None:
    with pytest.raises(InvalidChannel) as refused:
        addresses.check_address(address, KNOWN)
    assert refused.value.facts["reason"] == reason
    assert len(address) < 12 or address not in f"{refused.value.detail} {refused.value.facts}"


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "::1", "::ffff:127.0.0.1", "0.0.0.0"],
)
def test_private_hosts_are_refused_unless_allowed(host: str) -> None:
    with pytest.raises(ForbiddenAddress):
        addresses.check_host(host, ())
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    addresses.check_host(host, everything)


def test_a_providers_token_is_never_looked_up() -> None:
    assert addresses.host_of("dingtalk://secret@token") is None
    assert (
        addresses.host_of("jsons://user:password@hooks.example.com:8443/x") == "hooks.example.com"
    )


@pytest.mark.parametrize(
    "value",
    ["a@b", "a b@c.de", "a@b.c,d@e.fg", "a@b.cd\r\nBcc: x@y.zz", "a@b.cd?to=x", "a&to=x@b.cd"],
)
def test_only_one_plain_e_mail_address_is_one(value: str) -> None:
    with pytest.raises(InvalidChannel):
        addresses.check_email(value)


def test_phone_numbers_are_digits() -> None:
    assert addresses.check_phone("+86 (571) 88-00") == "+865718800"
    with pytest.raises(InvalidChannel):
        addresses.check_phone("+86/../x")


@pytest.mark.parametrize(
    "address",
    [
        "dingtalk://SECabc@token12345", "wecombot://botkey-abcd1234", "feishu://tokenabcdef",
        "workflows://prod.westeurope.logic.azure.com:443/workflow/signature",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "jsons://hooks.example.com/x",
    ],
)  # fmt: skip
def test_r22_the_chat_providers_of_the_field_are_readable(address: str) -> None:
    assert addresses.check_address(address, KNOWN) in KNOWN
    assert providers.is_readable(address)
