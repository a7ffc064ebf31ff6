"""What Prometheus is told of the ingest process; served on `FOREWARN_INGEST_METRICS_PORT`."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY: Final = CollectorRegistry()

MESSAGES: Final = Counter(
    "forewarn_ingest_messages", "Messages taken from the broker", ["kind"], registry=REGISTRY
)
FRAMES: Final = Counter(
    "forewarn_ingest_frames",
    "Frames answered, by verdict; duplicates were stored before",
    ["verdict"],
    registry=REGISTRY,
)
FRAMES_FORGOTTEN: Final = Counter(
    "forewarn_ingest_frames_forgotten",
    "Frames whose number was received before and which are no longer kept to compare; sent again as new",
    registry=REGISTRY,
)
READINGS_STORED: Final = Counter(
    "forewarn_ingest_readings_stored", "Readings committed", registry=REGISTRY
)
READINGS_QUARANTINED: Final = Counter(
    "forewarn_ingest_readings_quarantined",
    "Readings committed to quarantine",
    ["reason"],
    registry=REGISTRY,
)
MESSAGES_REJECTED: Final = Counter(
    "forewarn_ingest_messages_rejected", "Messages not accepted", ["reason"], registry=REGISTRY
)
MESSAGES_LOST: Final = Counter(
    "forewarn_ingest_messages_lost",
    "Messages not accepted that not even quarantine could take; the log says why",
    registry=REGISTRY,
)
COMMIT_SECONDS: Final = Histogram(
    "forewarn_ingest_commit_seconds",
    "Length of one transaction",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
    registry=REGISTRY,
)
COMMIT_READINGS: Final = Histogram(
    "forewarn_ingest_commit_readings",
    "Readings in one transaction",
    buckets=(1, 10, 100, 500, 1000, 5000, 10_000, 20_000, 50_000, 100_000),
    registry=REGISTRY,
)
CUT_TO_COMMITTED_SECONDS: Final = Histogram(
    "forewarn_ingest_cut_to_committed_seconds",
    "From a frame being cut at the edge, by its clock, to its commit; live lane only",
    buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600),
    registry=REGISTRY,
)
QUEUE_MESSAGES: Final = Gauge(
    "forewarn_ingest_queue_messages", "Messages waiting in memory", registry=REGISTRY
)
QUEUE_BYTES: Final = Gauge(
    "forewarn_ingest_queue_bytes", "Bytes of messages waiting in memory", registry=REGISTRY
)
CONNECTED: Final = Gauge(
    "forewarn_ingest_broker_connected", "1 while subscribed at the broker", registry=REGISTRY
)
RETRIES: Final = Counter(
    "forewarn_ingest_database_retries",
    "Attempts that failed for the database's sake and were repeated",
    registry=REGISTRY,
)
