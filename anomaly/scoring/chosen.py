"""Which detector each series of a lane has, and which series have one that is not the chosen one any more."""

from collections.abc import Iterable, Mapping

from anomaly.detectors.base import DetectorKind
from anomaly.sources import SeriesInfo


class ChosenKinds:
    """Versions of the detectors of one lane's series; the settings' where none was chosen."""

    def __init__(self, default: DetectorKind) -> None:
        self._default = default
        self._versions: dict[int, str] = {}
        # Dropped when they were read back: saved with another detector than is chosen now.
        self._dropped: set[int] = set()

    def kind_of(self, info: SeriesInfo) -> DetectorKind:
        """Return the detector a series is to have."""
        return info.detector or self._default

    def note(self, info: SeriesInfo) -> DetectorKind:
        """Remember the detector a series gets, and return it."""
        if info.detector is not None:
            self._versions[info.series_id] = info.detector.version
        return self.kind_of(info)

    def version_of(self, series_id: int) -> str:
        """Return the version of the detector that a series has."""
        return self._versions.get(series_id, self._default.version)

    def outdated(self, series: Iterable[int], infos: Mapping[int, SeriesInfo]) -> set[int]:
        """Return those of the series that are to have another detector, and those that were dropped."""
        changed = {
            series_id
            for series_id in series
            if series_id in infos
            and self.kind_of(infos[series_id]).version != self.version_of(series_id)
        }
        return changed | self._dropped

    def drop(self, series_id: int) -> None:
        """Remember that what was saved of a series is of no use."""
        self._dropped.add(series_id)

    def forget(self, series_id: int) -> None:
        """Know nothing of a series any more."""
        self._versions.pop(series_id, None)
        self._dropped.discard(series_id)

    def begin_from(self, other: "ChosenKinds") -> None:
        """Have what another lane's series have."""
        self._versions = dict(other._versions)  # noqa: SLF001 - of this class

    def state(self) -> dict[int, str]:
        """Return the versions that were chosen as MessagePack-ready values."""
        return self._versions

    def restore(self, state: Mapping[int, str], infos: Mapping[int, SeriesInfo]) -> None:
        """Take over what `state` returned, of series that are known."""
        self._versions = {key: name for key, name in state.items() if key in infos}
