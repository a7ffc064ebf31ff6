"""What the mailbox does about what is said on tickets."""

from sqlalchemy.orm import Session

from kernel.clock import utc_now
from kernel.outbox import subscribe
from work_orders.events import MessageAdded
from work_orders.mail import sending
from work_orders.models import TimelineEntry


@subscribe(MessageAdded, "work_orders.mail_answer")
def on_message_added(session: Session, event: MessageAdded) -> None:
    """Send what the desk says to a customer who wrote by e-mail."""
    if event.internal or event.by_customer:
        return
    entry = session.get(TimelineEntry, event.entry_id)
    if entry is not None and entry.text:
        sending.answer(session, event.ticket_id, event.entry_id, entry.text, utc_now())
