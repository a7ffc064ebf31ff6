"""Devices of third parties that publish to the platform's own broker: Sparkplug B edge nodes and plain JSON.

They are agents, best effort: nothing of theirs is kept on a disk before it is here, so what a broker or a
restart loses shows at most as a gap in a sequence. From here on their readings go the way all readings go.
"""
