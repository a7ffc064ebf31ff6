"""What belongs to Forewarn in the database."""

import re

SCHEMAS = (
    "kernel",
    "registry",
    "telemetry",
    "ingest",
    "anomaly",
    "warranty_parts",
    "work_orders",
    "api",
)

MODEL_MODULES = (
    "kernel.models",
    "registry.models",
    "telemetry.models",
    "ingest.models",
    "ingest.health.models",
    "ingest.third_party.models",
    "anomaly.models",
    "anomaly.alarms.models",
    "anomaly.calibration.models",
    "anomaly.commands.models",
    "anomaly.expectations.models",
    "anomaly.history.models",
    "anomaly.limits.models",
    "anomaly.modes.models",
    "anomaly.redundancy.models",
    "anomaly.rationale.models",
    "anomaly.choices.models",
    "warranty_parts.models",
    "work_orders.models",
    "work_orders.knowledge.models",
    "work_orders.sla.models",
    "work_orders.mail.models",
    "work_orders.notices.models",
    "api.models",
)

# Partitions (`frames_20261121`, `readings_20261121`) come and go at run time.
_PARTITION = re.compile(r".+_(\d{8}|default)$")
# Tables in one store and continuous aggregates in the other, so that they are no models.
_ROLLUPS = frozenset({"rollup_1m", "rollup_1h", "rollup_1d"})


def is_made_at_run_time(table: str, schema: str) -> bool:
    """Tell whether a table is a partition, Alembic's own, or made for one store only."""
    return (
        bool(_PARTITION.match(table))
        or (schema == "kernel" and table == "alembic_version")
        or (schema == "telemetry" and table in _ROLLUPS)
    )
