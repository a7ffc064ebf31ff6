"""Settings of `work_orders`."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kernel.settings import Section


class WorkOrders(Section):
    """How the service desk works."""

    model_config = SettingsConfigDict(
        env_prefix="FOREWARN_WORK_ORDERS_", extra="forbid", frozen=True
    )
    table: ClassVar[str] = "work_orders"

    reopen_days: int = Field(
        default=14,
        ge=0,
        le=3650,
        description="For how many days after its end a ticket can be reopened.",
    )
