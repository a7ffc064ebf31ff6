"""Bodies of a gateway's tags."""

from pydantic import Field

from api.schemas.base import Output
from api.schemas.telemetry import LatestView, SeriesKindName


class GatewayTagView(Output):
    """A tag that a gateway has announced, the series it is written to, and its newest reading."""

    tag: str
    asset_id: str
    asset_name: str
    asset_serial: str
    series_name: str
    series_id: int | None = Field(description="Null until the first announcement made the series")
    unit: str
    kind: SeriesKindName
    latest: LatestView | None = Field(description="Null before the first, or when not to be seen")
