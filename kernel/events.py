"""Facts that one package tells the others."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """Something that has happened; named in the past tense, and never changed afterwards."""

    model_config = ConfigDict(frozen=True)
    topic: ClassVar[str]
