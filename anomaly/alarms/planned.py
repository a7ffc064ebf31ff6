"""What people can plan to be hidden."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NewSuppression:
    """What is to be hidden: everything of a machine or a site, or a category or some series of a machine.

    Of kind `parent` it is a rule, "while X stands, suppress Y", of a machine or of every one of a model.

    Attributes:
        kind: `maintenance`, `parent` or `out_of_service`.
        asset_id: the machine; or
        site_id: the site with all its machines (not for `parent`); or
        product_model_id: every machine of the model (only for `parent`, with `parent_series`).
        category: `machine` or `sensor` alarms only.
        series_ids: these of the machine's series only.
        series_names: the same by name, for `parent` only.
        parent_asset_id: for `parent`: while this machine has an active alarm; None for the same machine.
        parent_series: for `parent`: while this series of that machine, by name, is in alarm.
        parent_category: for `parent`: in an alarm of this category. None: of machine alarms, or, where a
            series is named, of either.
        starts_at: None for now; in the past for maintenance that was not announced.
        ends_at: a maintenance window must have one.
    """

    kind: str
    reason: str
    asset_id: str | None = None
    site_id: str | None = None
    category: str | None = None
    series_ids: tuple[int, ...] | None = None
    parent_asset_id: str | None = None
    product_model_id: str | None = None
    series_names: tuple[str, ...] | None = None
    parent_series: str | None = None
    parent_category: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
