"""Facts about ways in."""

from datetime import datetime
from typing import ClassVar

from kernel.events import Event


class PasswordLinkIssued(Event):
    """Somebody is to get a link to set their password.

    It holds no secret: who delivers it asks `registry.sign_in.service.link_url(link_id)`.
    """

    topic: ClassVar[str] = "registry.password_link_issued"
    link_id: str
    person_id: str
    kind: str
    expires_at: datetime
