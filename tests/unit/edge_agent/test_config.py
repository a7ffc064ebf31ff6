"""`edge.toml`: read, or refused with the file, the field and the problem."""

from pathlib import Path

import pytest

from edge_agent.config import EdgeConfig, load_config
from kernel.errors import ConfigurationError

GOOD = """\
agent = "gw-1"
key = "000102030405060708090a0b0c0d0e0f"
[mqtt]
url = "mqtt://edge:secret@broker:1884"
[[opcua]]
name = "plc"
url = "opc.tcp://plc:4840"
[[opcua.tags]]
node = "ns=2;s=Pump.Temp"
asset = "SN-1"
series = "temperature"
unit = "°C"
low = 0
high = 120
kind = "temperature"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge.toml"


def loaded(path: Path, text: str) -> EdgeConfig:
    path.write_text(text)
    return load_config(path)


def test_a_good_file_is_read(path: Path) -> None:
    config = loaded(path, GOOD)
    (tag,) = config.tags()
    assert (tag.name, tag.asset_serial, tag.unit, tag.high) == (
        "SN-1/temperature", "SN-1", "°C", 120.0,
    )  # fmt: skip
    assert config.buffer.path == path.parent / "edge-buffer.sqlite"
    assert (config.mqtt.address().host, config.mqtt.address().port) == ("broker", 1884)
    assert config.signing_key() == bytes(range(16))
    assert "secret" not in repr(config.mqtt.address())


def test_the_key_may_be_in_a_file_or_a_variable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path.parent / "key").write_text("ff" * 32 + "\n")
    without = GOOD.replace('key = "000102030405060708090a0b0c0d0e0f"', 'key_file = "key"')
    config = loaded(path, without)
    assert config.signing_key() == b"\xff" * 32
    monkeypatch.setenv("FOREWARN_EDGE_KEY", "ee" * 32)
    assert config.signing_key() == b"\xee" * 32


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('agent = "gw-1"', 'agent = "gw/1"', "agent: 1 to 64 letters"),
        ('agent = "gw-1"', "", "agent: Field required"),
        ("[mqtt]\n", "[mqtt]\nspeed = 1\n", "mqtt.speed: Extra inputs"),
        (
            "mqtt://edge:secret@broker:1884",
            "http://edge:secret@broker",
            "mqtt.url: an MQTT address",
        ),
        ("opc.tcp://plc:4840", "plc:4840", "opcua[1].url: an OPC UA address"),
        ("ns=2;s=Pump.Temp", "Pump.Temp", "opcua[1].tags[1].node: no OPC UA node id"),
        ("ns=2;s=Pump.Temp", "ns=2;i=x", "opcua[1].tags[1].node: no OPC UA node id"),
        ("high = 120", "high = -5", "low 0.0 is not below high -5.0"),
        ("high = 120", "high = inf", "opcua[1].tags[1].high"),
        ('kind = "temperature"', 'kind = "heat"', "opcua[1].tags[1].kind"),
        ('kind = "temperature"', 'type = "text"', "opcua[1].tags[1].type"),
        ("[[opcua.tags]]", "[[opcua.tags]]\nnode = 3", "is not TOML"),
        ("[mqtt]", "[mqtt", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as refusal:
        loaded(path, GOOD.replace(old, new))
    assert str(path) in refusal.value.detail
    assert said in refusal.value.detail
    assert "secret" not in refusal.value.detail


def test_what_stands_there_twice_is_refused(path: Path) -> None:
    tag = GOOD[GOOD.index("[[opcua.tags]]") :]
    with pytest.raises(ConfigurationError, match="'SN-1/temperature' is there twice"):
        loaded(path, GOOD + tag)
    with pytest.raises(ConfigurationError, match="no source"):
        loaded(path, GOOD[: GOOD.index("[[opcua]]")])


@pytest.mark.parametrize("key", ["", "12", "zz" * 16, "00" * 15, "0" * 33])
def test_a_key_that_is_none_is_refused(path: Path, key: str) -> None:
    config = loaded(path, GOOD.replace("000102030405060708090a0b0c0d0e0f", key))
    with pytest.raises(ConfigurationError) as refusal:
        config.signing_key()
    assert key == "" or key not in refusal.value.detail


def test_files_that_cannot_be_read_are_said(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_config(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        load_config(path)
    config = loaded(
        path, GOOD.replace('key = "000102030405060708090a0b0c0d0e0f"', 'key_file = "no"')
    )
    with pytest.raises(ConfigurationError, match="key_file"):
        config.signing_key()
