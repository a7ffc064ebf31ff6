"""From stored frames to deviations: models per series, memory per shard, cursors and snapshots."""
