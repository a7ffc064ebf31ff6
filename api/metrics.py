"""What Prometheus reads: how many requests there were and how long they took, by route."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "forewarn_http_requests_total", "Requests answered.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "forewarn_http_request_seconds",
    "Time to the end of the answer, in seconds; live streams are not counted.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
EVENT_STREAMS = Gauge("forewarn_event_streams", "Live-update streams that are open.")
EVENTS_DROPPED = Counter(
    "forewarn_event_streams_dropped_total", "Live-update streams closed because they were slow."
)
