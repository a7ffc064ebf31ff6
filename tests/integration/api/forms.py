"""A good body for every route that takes one, with real objects to refer to.

`FORMS` names every such route; a test compares it with the OpenAPI document. A form makes what it needs
through the API itself, so that it can be sent any number of times.
"""

from collections.abc import Callable

from sqlalchemy import text

from tests.integration.api.bench import Bench, Body, days_ago, hours_ahead

Form = Callable[[Bench], tuple[str, Body]]


def _to(path: str, make: Callable[[Bench], Body]) -> Form:
    return lambda bench: (path, make(bench))


def _of(create: str, make: Callable[[Bench], Body], path: str, body: Body) -> Form:
    def form(bench: Bench) -> tuple[str, Body]:
        made = bench.post(create, make(bench))
        return path.format(id=made["id"]), dict(body)

    return form


def _role(bench: Bench) -> Body:
    return {"name": f"role_{bench.new()}", "permissions": ["assets.read"]}


def _made_role(bench: Bench) -> tuple[str, Body]:
    return f"/roles/{bench.post('/roles', _role(bench))['name']}", {"permissions": ["assets.read"]}


def _shifts(bench: Bench) -> tuple[str, Body]:
    shift = {
        "weekday": 1, "starts_at": "08:00:00", "ends_at": "16:00:00", "time_zone": "Asia/Shanghai"
    }  # fmt: skip
    person = bench.post("/people", bench.person())
    return f"/people/{person['id']}/shifts", {"shifts": [shift]}


def _link(bench: Bench) -> tuple[str, Body]:
    complaint = bench.post("/complaints", bench.complaint())
    order = bench.post("/work-orders", bench.order())
    return f"/complaints/{complaint['id']}/links", {"ticket_id": order["id"]}


def _reversal(bench: Bench) -> tuple[str, Body]:
    moved = bench.post("/movements", bench.movement())
    return f"/movements/{moved['id']}/reverse", {"reason": "A mistake"}


def _notice_channel(bench: Bench) -> Body:
    for each in bench.admin.get("/notice-channels").json()["items"]:
        bench.admin.delete(f"/notice-channels/{each['id']}")
    # Of the networks for documentation: nobody is there, and nothing is sent.
    return {"kind": "address", "address": "json://93.184.215.14/x", "label": f"Chat {bench.new()}"}


def _dead_delivery(bench: Bench) -> tuple[str, Body]:
    channel = bench.post("/notice-channels", _notice_channel(bench))
    assert bench.admin.post(f"/notice-channels/{channel['id']}/test").status_code == 202
    with bench.api.database.transaction() as session:
        session.execute(
            text("UPDATE work_orders.notice_deliveries SET state = 'dead' WHERE state = 'waiting'")
        )
    (newest,) = bench.admin.get("/notice-deliveries", params={"limit": 1}).json()["items"]
    return f"/notice-deliveries/{newest['id']}/drop", {"reason": "Told by phone"}


def _previewed(bench: Bench) -> tuple[str, Body]:
    ticket = bench.post("/complaints", bench.complaint())
    return "/notice-templates/preview", {
        "topic": "mentioned", "language": "en", "subject": "{{number}}", "body": "{{title}}",
        "ticket_id": ticket["id"],
    }  # fmt: skip


SLA_SPEC = {"zone": "Asia/Shanghai", "country": "CN",
            "windows": [{"weekday": 0, "starts": 540, "ends": 1080}]}  # fmt: skip


def _sla_calendar(bench: Bench) -> Body:
    return {"name": f"Hours {bench.new()}", "spec": SLA_SPEC}


def _sla_policy(bench: Bench) -> Body:
    number = 1000 + len(bench.admin.get("/sla/policies?archived=true").json()["items"])
    return {"name": f"Promise {number}", "position": number, "match": {"priorities": ["P0"]},
            "targets": {"resolution": {"minutes": 60, "calendar_id": "slc_always"}}}  # fmt: skip


def _made_sla_policy(bench: Bench) -> tuple[str, Body]:
    made = bench.post("/sla/policies", _sla_policy(bench))
    return f"/sla/policies/{made['id']}", {**_sla_policy(bench), "position": made["position"]}


CONTACT = {"name": "Wang Wei", "phone": "+86 571 1", "email": "w@example.com"}
COMPLAINT_FIELDS = {"contact_name": "Li Na", "expectation": "Quiet"}


def _source(bench: Bench) -> Body:
    pattern = {"metric": "*", "node": "*", "device": "*", "asset": "{device}", "series": "{metric}",
               "unit": "bar"}  # fmt: skip
    return {
        "address": f"plant/node-{bench.new()}", "name": "Node", "site_id": bench.site_id,
        "mapping": {"kind": "sparkplug", "patterns": [pattern]},
    }  # fmt: skip


def _article(_: Bench) -> Body:
    return {
        "title": "Seal drips", "language": "en", "body": "Change it", "audience": "public",
        "failure_modes": ["seal_leak"], "tags": ["seal"], "equipment_classes": ["pump"],
    }  # fmt: skip


FORMS: dict[str, Form] = {
    "POST /notice-channels": _to("/notice-channels", _notice_channel),
    "PUT /notice-channels/{channel_id}": _of(
        "/notice-channels", _notice_channel, "/notice-channels/{id}", {"label": "Mine"}
    ),
    "PUT /notice-preferences": _to(
        "/notice-preferences",
        lambda _: {
            "time_zone": "Asia/Shanghai", "quiet_from": "22:00:00", "quiet_to": "07:00:00",
            "digest": "hourly", "daily_at": "08:00:00",
        },
    ),
    "PUT /notice-templates/{topic}/{language}": _to(
        "/notice-templates/mentioned/en", lambda _: {"subject": "{{number}}", "body": "{{text}}"}
    ),
    "POST /notice-templates/preview": _previewed,
    "POST /notice-deliveries/{delivery_id}/drop": _dead_delivery,
    "POST /session": _to("/session", lambda _: {"email": "nobody@example.com", "password": "no"}),
    "PATCH /session": _to("/session", lambda _: {"name": "An admin", "language": "en"}),
    "PUT /session/password": _to(
        "/session/password", lambda _: {"present_password": "no", "new_password": "Long enough 1"}
    ),
    "POST /password-resets": _to("/password-resets", lambda _: {"email": "nobody@example.com"}),
    "POST /password-links/read": _to("/password-links/read", lambda _: {"token": "0123456789ab"}),
    "POST /password-links/use": _to(
        "/password-links/use", lambda _: {"token": "0123456789ab", "new_password": "Long enough 1"}
    ),
    "POST /organisations": _to(
        "/organisations",
        lambda b: {
            "kind": "customer", "name": f"Works {b.new()}", "parent_id": b.manufacturer_id,
            "tier": "gold",
        },
    ),
    "PATCH /organisations/{organisation_id}": lambda b: (
        f"/organisations/{b.organisation_id}", {"name": f"Works {b.new()}", "tier": "gold"}
    ),
    "POST /contacts": _to("/contacts", lambda b: {"organisation_id": b.organisation_id, **CONTACT}),
    "PATCH /contacts/{contact_id}": _of(
        "/contacts", lambda b: {"organisation_id": b.organisation_id, **CONTACT}, "/contacts/{id}",
        CONTACT,
    ),
    "POST /people": _to("/people", lambda b: b.person()),
    "PATCH /people/{person_id}": _of(
        "/people", lambda b: b.person(), "/people/{id}", {"name": "Wang", "skills": ["pump"]}
    ),
    "PUT /people/{person_id}/shifts": _shifts,
    "POST /people/{person_id}/tokens": _of(
        "/people", lambda b: b.person(), "/people/{id}/tokens", {"name": "ERP"}
    ),
    "POST /roles": _to("/roles", _role),
    "PUT /roles/{name}": _made_role,
    "POST /sites": _to(
        "/sites",
        lambda b: {
            "organisation_id": b.organisation_id, "name": f"Plant {b.new()}", "address": "Road 18",
            "time_zone": "Asia/Shanghai",
        },
    ),
    "PATCH /sites/{site_id}": lambda b: (
        f"/sites/{b.site_id}", {"name": f"Plant {b.new()}", "address": "Road 18"}
    ),
    "POST /product-models": _to(
        "/product-models", lambda b: {"code": f"M-{b.new()}", "name": "Pump", "equipment_class": "p"}
    ),
    "PATCH /product-models/{model_id}": _of(
        "/product-models", lambda b: {"code": f"M-{b.new()}", "name": "Pump"},
        "/product-models/{id}", {"name": "Pump"},
    ),
    "POST /assets": _to("/assets", lambda b: b.asset()),
    "PATCH /assets/{asset_id}": _of(
        "/assets", lambda b: b.asset(), "/assets/{id}", {"name": "Pump", "location": "Hall 3"}
    ),
    "PUT /assets/{asset_id}/registration": _of(
        "/assets", lambda b: b.asset(), "/assets/{id}/registration", {"invoiced_on": days_ago(9)}
    ),
    "POST /gateways": _to("/gateways", lambda b: {"name": f"G {b.new()}", "site_id": b.site_id}),
    "POST /gateways/{gateway_id}/key/rotate": lambda b: (f"/gateways/{b.gateway()}/key/rotate", {}),
    "POST /gateways/{gateway_id}/enrolment-tokens": lambda b: (
        f"/gateways/{b.gateway()}/enrolment-tokens", {"hours": 2}
    ),
    "POST /gateways/{gateway_id}/configurations": lambda b: (
        f"/gateways/{b.gateway()}/configurations", b.configuration()
    ),
    "POST /gateways/{gateway_id}/configurations/check": lambda b: (
        f"/gateways/{b.gateway()}/configurations/check",
        {"document": b.configuration()["document"]},
    ),
    "POST /gateways/{gateway_id}/configurations/adopt": lambda b: (
        f"/gateways/{b.drifted_gateway()}/configurations/adopt", {"note": "As on site"}
    ),
    "POST /gateways/{gateway_id}/configurations/{version}/roll-back": lambda b: (
        f"/gateways/{b.configured_gateway()}/configurations/1/roll-back", {"note": "Once more"}
    ),
    "POST /gateways/{gateway_id}/tags": lambda b: (f"/gateways/{b.gateway()}/tags", b.tags()),
    "POST /gateways/{gateway_id}/browses": lambda b: (
        f"/gateways/{b.gateway(checked_in=True)}/browses",
        {"source": "line-1", "url": "opc.tcp://10.0.0.1:4840"},
    ),
    "POST /edge/enrolments": _to(
        "/edge/enrolments", lambda _: {"token": "fwe_" + "0" * 43, "claim": "1" * 43}
    ),
    "POST /detector-choices": _to(
        "/detector-choices",
        lambda b: {
            "applies_to": "equipment_class", "target": f"class {b.new()}", "detector": "river",
            "parameters": {"steps": [{"name": "anomaly.LODA"}]}, "reason": "A try",
        },
    ),
    "POST /backtests": _to("/backtests", lambda b: b.backtest()),
    "POST /work-orders": _to("/work-orders", lambda b: b.order()),
    "PATCH /work-orders/{order_id}": _of(
        "/work-orders", lambda b: b.order(), "/work-orders/{id}",
        {"title": "Pump", "description": "Loud"},
    ),
    "POST /work-orders/{order_id}/actions/{action}": lambda b: (
        f"/work-orders/{b.started_order()}/actions/close",
        {"reason": "Done", "resolution": b.resolution()},
    ),
    "POST /work-orders/{order_id}/comments": _of(
        "/work-orders", lambda b: b.order(), "/work-orders/{id}/comments", {"text": "On Monday"}
    ),
    "POST /knowledge/articles": _to("/knowledge/articles", _article),
    "PUT /knowledge/articles/{article_id}": lambda b: (
        f"/knowledge/articles/{b.post('/knowledge/articles', _article(b))['id']}",
        _article(b) | {"model_ids": []},
    ),
    "PUT /knowledge/articles/{article_id}/state": _of(
        "/knowledge/articles", _article, "/knowledge/articles/{id}/state",
        {"state": "published"},
    ),
    "POST /knowledge/uses": lambda b: (
        "/knowledge/uses",
        {"subject_ids": [b.post("/knowledge/articles", _article(b))["id"]], "kind": "shown"},
    ),
    "PUT /knowledge/subjects/{subject_id}/helped": _of(
        "/knowledge/articles", _article, "/knowledge/subjects/{id}/helped",
        {"helped": True},
    ),
    "POST /complaints": _to("/complaints", lambda b: b.complaint()),
    "PATCH /complaints/{complaint_id}": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}",
        {"title": "Loud", "description": "Loud", "fields": COMPLAINT_FIELDS},
    ),
    "POST /complaints/{complaint_id}/actions/{action}": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}/actions/cancel",
        {"reason": "Sent twice"},
    ),
    "POST /complaints/{complaint_id}/comments": _of(
        "/complaints", lambda b: b.complaint(), "/complaints/{id}/comments", {"text": "On Monday"}
    ),
    "POST /complaints/{complaint_id}/links": _link,
    "POST /series/latest": _to("/series/latest", lambda _: {"series_ids": [1, 2]}),
    "PUT /series/{series_id}/limits": lambda b: (
        f"/series/{b.series()}/limits",
        {"limits": [{"kind": "hh", "setpoint": 9.5, "severity": "critical"}]},
    ),
    "PUT /assets/{asset_id}/mode-tag": lambda b: (
        f"/assets/{b.asset_id}/mode-tag",
        {"series_name": "state", "modes": {}},
    ),
    "PUT /assets/{asset_id}/redundant-sensors": lambda b: (
        f"/assets/{b.asset_id}/redundant-sensors",
        {"groups": [{"series_ids": [b.series(), b.series()], "tolerance": 0.5}]},
    ),
    "PUT /product-models/{model_id}/limits/{series_name}": lambda b: (
        f"/product-models/{b.model_id}/limits/vibration",
        {"limits": [{"kind": "h", "setpoint": 4.5, "severity": "high"}]},
    ),
    "POST /sources": _to("/sources", _source),
    "PUT /sources/{gateway_id}/mapping": lambda b: (
        f"/sources/{b.post('/sources', _source(b))['gateway_id']}/mapping",
        {"mapping": _source(b)["mapping"]},
    ),
    "POST /mail/{mail_id}/open": lambda b: (
        f"/mail/{b.letter()}/open", {"organisation_id": b.organisation_id}
    ),
    "POST /mail/{mail_id}/add": lambda b: (
        f"/mail/{b.letter()}/add", {"ticket_id": b.post("/complaints", b.complaint())["id"]}
    ),
    "POST /mail/{mail_id}/discard": lambda b: (f"/mail/{b.letter()}/discard", {"reason": "Spam"}),
    "POST /quarantine/groups/replay": lambda b: (
        "/quarantine/groups/replay",
        {"reason": "not_a_frame", "source": "unknown", "up_to": b.quarantined(), "after": None},
    ),
    "POST /quarantine/groups/drop": lambda b: (
        "/quarantine/groups/drop",
        {"reason": "none_such", "source": "unknown", "up_to": b.quarantined(), "note": "A test"},
    ),
    "POST /quarantine/{entry_id}/drop": lambda b: (
        f"/quarantine/{b.quarantined()}/drop", {"reason": "A test"}
    ),
    "POST /alarms/{alarm_id}/acknowledge": lambda b: (
        f"/alarms/{b.alarm()}/acknowledge", {"comment": "On my way"}
    ),
    "POST /alarms/bulk": lambda b: (
        "/alarms/bulk", {"action": "judge", "alarm_ids": [b.alarm()], "verdict": "true",
                         "comment": "Greased", "until": hours_ahead(2)}
    ),
    "POST /alarms/{alarm_id}/shelve": lambda b: (
        f"/alarms/{b.alarm()}/shelve", {"until": hours_ahead(2), "reason": "Being replaced"}
    ),
    "POST /alarms/{alarm_id}/new-normal": lambda b: (
        f"/alarms/{b.active_alarm()}/new-normal", {"reason": "Larger impeller"}
    ),
    "PUT /alarms/{alarm_id}/feedback": lambda b: (
        f"/alarms/{b.alarm()}/feedback", {"verdict": "nuisance", "comment": "Known"}
    ),
    "POST /alarms/{alarm_id}/comments": lambda b: (
        f"/alarms/{b.alarm()}/comments", {"text": "On Monday"}
    ),
    "PUT /alarm-rationales/{failure_mode}": _to(
        "/alarm-rationales/seal_leak",
        lambda _: {
            "equipment_class": "pump", "respond_within_min": 60,
            "cause": {"en": "Worn", "zh": "磨损"}, "priority": "high",
            "consequence": {"en": "It leaks", "zh": "泄漏"},
            "response": {"en": "Replace the seal", "zh": "更换密封"},
        },
    ),
    "POST /alarm-suppressions": _to("/alarm-suppressions", lambda b: b.maintenance()),
    "POST /alarm-suppressions/{suppression_id}/end": _of(
        "/alarm-suppressions", lambda b: b.maintenance(), "/alarm-suppressions/{id}/end",
        {"reason": "Done early"},
    ),
    "POST /claims": _to("/claims", lambda b: b.claim()),
    "POST /claims/{claim_id}/answer": lambda b: (
        f"/claims/{b.asking_claim()}/answer", {"note": "Looked again"}
    ),
    "POST /claims/{claim_id}/decide": lambda b: (
        f"/claims/{b.asking_claim()}/decide", {"decision": "refuse", "reason": "Misuse"}
    ),
    "POST /claims/{claim_id}/pay": lambda b: (
        f"/claims/{b.accepted_claim()}/pay", {"reference": "SEPA 1"}
    ),
    "POST /claims/{claim_id}/reverse": lambda b: (
        f"/claims/{b.accepted_claim()}/reverse", {"reason": "A mistake"}
    ),
    "POST /sla/calendars": _to("/sla/calendars", _sla_calendar),
    "PUT /sla/calendars/{calendar_id}": _of(
        "/sla/calendars", _sla_calendar, "/sla/calendars/{id}",
        {"name": "Office, again", "spec": SLA_SPEC},
    ),
    "POST /sla/calendars/preview": _to(
        "/sla/calendars/preview", lambda _: {"spec": SLA_SPEC, "year": 2026, "month": 10}
    ),
    "POST /sla/calendars/try": _to(
        "/sla/calendars/try",
        lambda _: {"spec": SLA_SPEC, "starts_at": "2026-09-30T09:00:00Z", "minutes": 480},
    ),
    "POST /sla/policies": _to("/sla/policies", _sla_policy),
    "PUT /sla/policies/{policy_id}": _made_sla_policy,
    "POST /sla/policies/match": _to(
        "/sla/policies/match", lambda _: {"kind": "complaint", "priority": "P0"}
    ),
    "POST /policies": _to("/policies", lambda b: {**b.policy(), "model_id": b.model_id}),
    "POST /policies/{policy_id}/end": _of(
        "/policies", lambda b: {**b.policy(), "effective_from": "2031-01-01"},
        "/policies/{id}/end", {"effective_to": "2032-01-01"},
    ),
    "POST /parts": _to("/parts", lambda b: b.part()),
    "POST /locations": _to("/locations", lambda b: b.location()),
    "POST /movements": _to("/movements", lambda b: b.movement()),
    "POST /movements/{movement_id}/reverse": _reversal,
}  # fmt: skip

# Good bodies, and yet refused: there is no such account, password or link.
REFUSED = {
    "POST /session": 401,
    "PUT /session/password": 422,
    "POST /password-links/read": 422,
    "POST /password-links/use": 422,
    "POST /edge/enrolments": 422,
}
