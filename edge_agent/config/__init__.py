"""`edge.toml`: what a gateway reads, where it keeps it and where it sends it.

Strict: an unknown name is an error, not a setting that silently does nothing.
"""

from edge_agent.config.file import KEY_VARIABLE, EdgeConfig, load_config
from edge_agent.config.mqtt_sources import JsonSource, MqttSource, SparkplugSource
from edge_agent.config.platform import (
    BUFFER_FILE,
    BufferConfig,
    Frames,
    PlatformLink,
    PlatformService,
)
from edge_agent.config.sources import OpcUaSource
from edge_agent.config.tags import JsonTag, OpcUaTag, SparkplugTag, TagConfig
from edge_agent.credentials import KEY_BYTES_MIN

__all__ = [
    "BUFFER_FILE",
    "KEY_BYTES_MIN",
    "KEY_VARIABLE",
    "BufferConfig",
    "EdgeConfig",
    "Frames",
    "JsonSource",
    "JsonTag",
    "MqttSource",
    "OpcUaSource",
    "OpcUaTag",
    "PlatformLink",
    "PlatformService",
    "SparkplugSource",
    "SparkplugTag",
    "TagConfig",
    "load_config",
]
