"""Logins of devices: each for one address and a least security, whatever the configuration names."""

from pathlib import Path

import pytest

from edge_agent.config import EdgeConfig, load_config
from edge_agent.config.device_secrets import SECRETS_FILE, device_secrets
from edge_agent.errors import SecretWithheld

HEAD = """\
agent = "gw-1"
key = "000102030405060708090a0b0c0d0e0f"
pki = "certificates/pki"
[mqtt]
url = "mqtt://broker"
"""
TAG = """\
[[{kind}.tags]]
asset = "SN-1"
series = "temperature"
"""
OPCUA = '[[opcua]]\nname = "plc"\nurl = "{url}"\nsecurity_policy = "{policy}"\n'
MQTT = '[[mqtt_json]]\nname = "fans"\nurl = "{url}"\n'
SECRET = "[{name}]\naddress = '{address}'\nusername = 'a b'\npassword = 'c@d'\n"


def _opcua(
    folder: Path, url: str, policy: str, address: str = "plc:4840", more: str = ""
) -> EdgeConfig:
    text = HEAD + OPCUA.format(url=url, policy=policy) + TAG.format(kind="opcua") + 'node = "i=1"\n'
    return _loaded(folder, text, SECRET.format(name="plc", address=address) + more)


def _mqtt(folder: Path, url: str, address: str = "fans:8883", more: str = "") -> EdgeConfig:
    tag = TAG.format(kind="mqtt_json") + 'topic = "fan/1"\npath = "$.t"\n'
    secret = SECRET.format(name="fans", address=address) + more
    return _loaded(folder, HEAD + MQTT.format(url=url) + tag, secret)


def _loaded(folder: Path, text: str, secrets: str) -> EdgeConfig:
    (folder / "edge.toml").write_text(text)
    (folder / SECRETS_FILE).write_text(secrets)
    return load_config(folder / "edge.toml")


def _codes(config: EdgeConfig) -> dict[str, str]:
    return {name: why.code for name, why in config.withheld.items()}


@pytest.mark.parametrize(
    "policy", ["Basic256Sha256", "Aes128-Sha256-RsaOaep", "Aes256-Sha256-RsaPss"]
)
@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("opc.tcp://plc:4840", "plc:4840"),
        ("opc.tcp://PLC/path", "plc"),
        ("opc.tcp://plc", "Plc.:4840"),
        ("opc.tcp://[fe80::1]:4841", "[FE80::1]:4841"),
    ],
)
def test_a_server_gets_its_own_login(tmp_path: Path, url: str, address: str, policy: str) -> None:
    config = _opcua(tmp_path, url, policy, address)
    assert (config.opcua[0].username, config.opcua[0].password.get_secret_value()) == ("a b", "c@d")
    assert not config.withheld


@pytest.mark.parametrize(
    "url",
    [
        "opc.tcp://plc:4841", "opc.tcp://elsewhere:4840", "opc.tcp://plc.elsewhere:4840",
        "opc.tcp://plc:4840@elsewhere:4840", "opc.tcp://10.0.0.1:4840/plc:4840",
    ],
)  # fmt: skip
def test_another_server_does_not_get_it(tmp_path: Path, url: str) -> None:
    config = _opcua(tmp_path, url, "Basic256Sha256")
    assert _codes(config) == {"plc": "secret_of_another_address"}
    assert (config.opcua[0].username, config.opcua[0].password.get_secret_value()) == ("", "")
    assert "c@d" not in str(config.withheld["plc"].detail)


def test_less_security_than_asked_for_does_not_get_it(tmp_path: Path) -> None:
    url, at_least = "opc.tcp://plc", "security_policy = '{}'\n"
    assert _codes(_opcua(tmp_path, url, "None")) == {"plc": "secret_needs_security"}
    weak = _opcua(tmp_path, url, "Basic256Sha256", more=at_least.format("Aes256-Sha256-RsaPss"))
    assert _codes(weak) == {"plc": "secret_needs_security"}
    allowed = _opcua(tmp_path, url, "None", more=at_least.format("None"))
    assert not allowed.withheld
    assert allowed.opcua[0].username == "a b"


def test_a_broker_gets_it_with_tls_only(tmp_path: Path) -> None:
    config = _mqtt(tmp_path, "mqtts://fans")
    address = config.mqtt_json[0].address()
    assert (address.user, address.password, address.host) == ("a b", "c@d", "fans")
    assert _codes(_mqtt(tmp_path, "mqtt://fans:8883")) == {"fans": "secret_needs_security"}
    assert _codes(_mqtt(tmp_path, "mqtts://fans:1")) == {"fans": "secret_of_another_address"}
    plain = _mqtt(tmp_path, "mqtt://fans", "fans:1883", "security_policy = 'None'\n")
    assert plain.mqtt_json[0].address().user == "a b"
    withheld = _mqtt(tmp_path, "mqtts://elsewhere")
    assert withheld.mqtt_json[0].address().user in {None, ""}


def test_a_file_of_an_earlier_program_is_shown_to_nobody(tmp_path: Path) -> None:
    text = HEAD + OPCUA.format(url="opc.tcp://plc", policy="None") + TAG.format(kind="opcua")
    config = _loaded(tmp_path, text + 'node = "i=1"\n', "[plc]\nusername = 'u'\npassword = 'p'\n")
    assert _codes(config) == {"plc": "secret_without_address"}
    assert 'address = "plc:4840"' in config.withheld["plc"].detail
    assert config.opcua[0].username == ""


def test_a_login_is_not_shown_to_whoever_is_browsed(tmp_path: Path) -> None:
    (tmp_path / SECRETS_FILE).write_text(SECRET.format(name="plc", address="plc"))
    secret = device_secrets(tmp_path)["plc"]
    assert secret.login_for("opc.tcp://plc:4840/x", "Basic256Sha256") == ("a b", "c@d")
    for url, policy in (("opc.tcp://elsewhere", "Basic256Sha256"), ("opc.tcp://plc", "None")):
        with pytest.raises(SecretWithheld):
            secret.login_for(url, policy)
    assert "c@d" not in repr(secret)
