"""Every field of `edge.toml` wrong in turn: one line that names the file, the field and what is wrong.

The fields come from the model's own schema, so that none is forgotten.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from edge_agent.config import EdgeConfig, load_config
from edge_agent.config.device_secrets import SECRETS_FILE
from edge_agent.managed.document import problems_of
from kernel.errors import ConfigurationError
from runtime import cli

TAG = {"asset": "SN-1", "unit": "bar", "low": 0, "high": 9, "kind": "pressure"}
PATTERN = {"asset": "SN-{1}", "series": "s{1}", "topic": "plant/+/x", "path": "$.x"}
GOOD: dict[str, Any] = {
    "agent": "gw-1",
    "key": "00" * 16,
    "key_file": "key",
    "credentials_file": "credentials.json",
    "status_seconds": 1,
    "pki": "pki",
    "platform": {"url": "https://forewarn.example", "ca_file": "ca.pem", "trial_seconds": 60},
    "mqtt": {"url": "mqtts://broker:8883", "ca_file": "ca.pem"},
    "buffer": {"path": "buffer.sqlite", "bytes_max": 10_000_000},
    "frames": {"live_rows": 10},
    "opcua": [
        {
            "name": "plc", "url": "opc.tcp://plc:4840",
            "tags": [{**TAG, "series": "a", "node": "ns=2;s=A"}],
        }
    ],
    "mqtt_json": [
        {
            "name": "fans", "url": "mqtts://fans", "topics": ["fans/+"],
            "tags": [{**TAG, "series": "b", "path": "$.b"}], "patterns": [PATTERN],
        }
    ],
    "sparkplug": [
        {
            "name": "chillers", "url": "mqtts://chillers", "group": "g",
            "tags": [{**TAG, "series": "c", "metric": "m"}],
            "patterns": [{"asset": "{node}", "series": "{metric}"}],
        }
    ],
}  # fmt: skip

# What has a form of its own, which the schema does not show.
FORMS = {
    "agent": "a/b",
    "platform.url": "ftp://x",
    "mqtt.url": "http://x",
    "opcua[].url": "http://x",
    "mqtt_json[].url": "http://x",
    "sparkplug[].url": "http://x",
    "opcua[].tags[].node": "A",
    "mqtt_json[].tags[].path": "$[",
    "mqtt_json[].tags[].topic": "a#",
    "mqtt_json[].patterns[].topic": "a#",
    "mqtt_json[].patterns[].path": "$[",
    "mqtt_json[].topics[]": "a#",
    "mqtt_json[].timestamp": "$[",
    "mqtt_json[].patterns[].asset": "{9}",
    "mqtt_json[].patterns[].series": "{9}",
    "sparkplug[].patterns[].asset": "{9}",
    "sparkplug[].patterns[].series": "{9}",
    "sparkplug[].host_id": "a/b",
}
SCHEMA = EdgeConfig.model_json_schema()


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        more = {k: v for k, v in schema.items() if k != "$ref"}
        schema = {**SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], **more}
    choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if choices:
        schema = {**schema, **_resolved(choices[0])}
    return schema


def _fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field: `opcua[].tags[].node`, and its schema."""
    schema = _resolved(schema)
    if path:
        yield path, schema
    for name, each in schema.get("properties", {}).items():
        yield from _fields(each, f"{path}.{name}" if path else name)
    if "items" in schema:
        yield from _fields(schema["items"], f"{path}[]")


def _wrong(path: str, schema: dict[str, Any]) -> Iterator[Any]:
    """Yield values the field must not take."""
    kind = schema.get("type")
    yield "wrong" if kind in {"array", "object"} else ["wrong"]
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "exclusiveMinimum" in schema:
        yield schema["exclusiveMinimum"]
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if schema.get("minLength"):
        yield ""
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "enum" in schema:
        yield "nonsense"
    if kind in {"number", "integer"}:
        yield float("nan")
    if path in FORMS:
        yield FORMS[path]


CASES = [(path, value) for path, schema in _fields(SCHEMA) for value in _wrong(path, schema)]
TABLES = ["", *(path for path, schema in _fields(SCHEMA) if "properties" in schema)]


def _changed(path: str, value: Any) -> dict[str, Any]:
    """Return the good file with one field changed."""
    whole = json.loads(json.dumps(GOOD))
    place: Any = whole
    steps = path.replace("[]", ".[]").split(".")
    for step, following in pairwise(steps):
        key: Any = 0 if step == "[]" else step
        if key != 0 and key not in place:
            place[key] = [] if following == "[]" else {}
        place = place[key]
    if steps[-1] == "[]":
        place[:] = [value]
    else:
        place[steps[-1]] = value
    return whole


def _toml(table: dict[str, Any], prefix: str = "") -> str:
    """Return a table as TOML; enough for these files."""
    plain = {k: v for k, v in table.items() if not _is_table(v)}
    text = "".join(f"{name} = {_value(value)}\n" for name, value in plain.items())
    for name, value in table.items():
        if not _is_table(value):
            continue
        place = f"{prefix}{name}"
        if isinstance(value, dict):
            text += f"[{place}]\n" + _toml(value, f"{place}.")
        else:
            text += "".join(f"[[{place}]]\n" + _toml(one, f"{place}.") for one in value)
    return text


def _is_table(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) for one in value)
    return isinstance(value, dict)


def _value(value: Any) -> str:
    if value != value:  # noqa: PLR0124 - NaN
        return "nan"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)


def _name(path: str) -> str:
    return path.replace("[]", "[1]")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edge.toml"


def test_the_whole_file_is_good(path: Path) -> None:
    path.write_text(_toml(GOOD))
    assert len(load_config(path).sources()) == 3
    assert len(CASES) > 200
    assert {case.partition(".")[0].rstrip("[]") for case, _ in CASES} == set(
        EdgeConfig.model_fields
    )


@pytest.mark.parametrize(
    ("field", "value"), CASES, ids=[f"{path}-{str(value)[:20]}" for path, value in CASES]
)
def test_a_wrong_field_is_named(path: Path, field: str, value: Any) -> None:
    path.write_text(_toml(_changed(field, value)))
    with pytest.raises(ConfigurationError) as caught:
        load_config(path)
    _is_one_clear_line(caught.value, path, _name(field))


@pytest.mark.parametrize("table", TABLES)
def test_an_unknown_name_is_refused_in_every_table(path: Path, table: str) -> None:
    field = f"{table}.nonsense" if table else "nonsense"
    path.write_text(_toml(_changed(field, 1)))
    with pytest.raises(ConfigurationError) as caught:
        load_config(path)
    _is_one_clear_line(caught.value, path, _name(field))


def _is_one_clear_line(error: ConfigurationError, path: Path, field: str) -> None:
    assert error.code == "configuration"
    assert "\n" not in error.detail
    assert error.detail.startswith(f"{path}: ")
    said = error.detail.removeprefix(f"{path}: ")
    # A rule over several fields is told of their table; a list's item of the list.
    table = field.rpartition(".")[0]
    assert said.startswith((f"{field}: ", f"{field}[", f"{table}: ")) or field in said, said
    assert len(error.detail) < 1000 + len(str(path))


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("opcua[].tags[].low", 10, "low 10.0 is not below high 9.0"),
        ("opcua[].name", "fans", "the source name 'fans' is there twice"),
        ("opcua[].tags[].series", "b", "'SN-1/b' is there twice"),
        ("platform.url", "http://forewarn.example", "http:// would send keys unencrypted"),
        ("opcua[].security_policy", "Basic256", "allow_deprecated_policy"),
        ("mqtt_json[].cert_file", "c.pem", "cert_file and key_file go together"),
        ("opcua[].tags[].deadband_percent", 101, "less than or equal to 100"),
    ],
)
def test_rules_over_several_fields(path: Path, field: str, value: Any, says: str) -> None:
    path.write_text(_toml(_changed(field, value)))
    with pytest.raises(ConfigurationError, match=r"edge\.toml") as caught:
        load_config(path)
    assert says in caught.value.detail
    assert "\n" not in caught.value.detail


@pytest.mark.parametrize("field", ["agent", "mqtt.url", "opcua[].tags[].node", "frames.live_rows"])
def test_the_command_says_it_in_one_line(
    path: Path, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(_toml(_changed(field, ["wrong"])))
    assert cli.run(["edge", "run", "--config", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("forewarn: The configuration cannot be used: ")
    assert said.count("\n") == 1
    assert _name(field) in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("plc = 1", "plc: a table with address, username"),
        ("[plc]\ntoken = 'x'", "plc: a table with address, username"),
        ("[plc]\npassword = 1", "plc: a table with address, username"),
        ("[plc]\naddress = 'opc.tcp://plc:4840'", "plc.address: a host, or host:port"),
        ("[plc]\naddress = 'a@plc'", "plc.address: a host, or host:port"),
        ("[plc]\naddress = 'plc:x'", "plc.address: a host, or host:port"),
        ("[plc]\nsecurity_policy = 'Good'", "plc.security_policy: one of None, "),
        ("[plc", "is not TOML"),
    ],
)
def test_wrong_secrets_of_devices(path: Path, text: str, says: str) -> None:
    path.write_text(_toml(GOOD))
    (path.parent / SECRETS_FILE).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_config(path)
    assert says in caught.value.detail
    assert SECRETS_FILE in caught.value.detail


LOCAL = {"agent", "key", "key_file", "credentials_file", "mqtt", "platform", "pki"}


@pytest.mark.parametrize(
    ("field", "value"),
    [case for case in CASES if case[0].partition(".")[0] not in LOCAL and "nan" not in str(case)],
    ids=str,
)
def test_the_platform_refuses_it_too(field: str, value: Any) -> None:
    document = {k: v for k, v in _changed(field, value).items() if k not in LOCAL}
    if isinstance(document.get("buffer"), dict) and field != "buffer.path":
        document["buffer"].pop("path", None)
    assert problems_of(document)
