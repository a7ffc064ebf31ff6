"""Who is remembered of those who publish unasked: so many in all, and so many of one namespace; no I/O.

What a client may publish is bounded by its login at most: a JSON device to topics below its name, an edge
node to its name in any group. So one that makes up names fills its own namespaces. When there is no room at
all, the fullest namespace gives way to one that has less.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Final

ADDRESSES_MAX: Final = 1000
NAMESPACE_MAX: Final = 100
_NAME_LEVELS: Final = 2

# Kind and address of a source.
Key = tuple[str, str]


def namespaces_of(key: Key) -> tuple[str, ...]:
    """Return the namespaces of a source: its group and its node's name, or its topic's first levels."""
    kind, address = key
    if kind == "sparkplug":
        group, _, node = address.partition("/")
        return f"group {group}", f"node {node}"
    return (f"topic {'/'.join(address.split('/')[:_NAME_LEVELS])}",)


class Crowd:
    """The sources that are remembered, the one that came first before others."""

    def __init__(self, known: Iterable[Key] = ()) -> None:
        self._keys: OrderedDict[Key, None] = OrderedDict()
        self._sizes: Counter[str] = Counter()
        for key in known:
            self._add(key)

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def admit(self, key: Key) -> tuple[bool, Key | None]:
        """Remember a source; returns whether there is room for it, and who had to go for that."""
        if key in self._keys:
            return True, None
        size = self._size(key)
        if size >= NAMESPACE_MAX:
            return False, None
        gone = None
        if len(self._keys) >= ADDRESSES_MAX:
            gone = max(self._keys, key=self._size)
            if self._size(gone) <= size + 1:
                return False, None
            self._remove(gone)
        self._add(key)
        return True, gone

    def _size(self, key: Key) -> int:
        return max(self._sizes[name] for name in namespaces_of(key))

    def _add(self, key: Key) -> None:
        self._keys[key] = None
        self._sizes.update(namespaces_of(key))

    def _remove(self, key: Key) -> None:
        del self._keys[key]
        self._sizes.subtract(namespaces_of(key))
        for name in namespaces_of(key):
            if not self._sizes[name]:
                del self._sizes[name]
