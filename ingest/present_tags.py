"""Which tags a gateway reads at present, of all those it ever announced."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ingest.models import Agent, AnnouncedSchema, Mapping, frames


def present_tags(session: Session, agent_id: str) -> set[str] | None:
    """Return the names of the tags in the schema in force; None when none was ever announced.

    That is the schema of the newest live frame, or one that was announced for the first time since then: an
    older schema is announced once more when a backlog of it arrives, and says nothing of the present.
    """
    newest = session.execute(
        select(Mapping.schema_hash, frames.c.received_at)
        .join(Agent, Agent.agent_id == frames.c.agent_id)
        .join(Mapping, Mapping.id == frames.c.mapping_id)
        .where(
            frames.c.agent_id == agent_id,
            frames.c.epoch == Agent.epoch,
            frames.c.lane == "live",
        )
        .order_by(frames.c.seq.desc())
        .limit(1)
    ).one_or_none()
    query = select(AnnouncedSchema.tags).where(AnnouncedSchema.agent_id == agent_id).limit(1)
    if newest is None:
        query = query.order_by(AnnouncedSchema.announced_at.desc())
    else:
        schema_hash, received_at = newest
        since = AnnouncedSchema.first_announced_at > received_at
        query = query.where(since | (AnnouncedSchema.schema_hash == schema_hash)).order_by(
            since.desc(), AnnouncedSchema.first_announced_at.desc()
        )
    tags = session.scalars(query).one_or_none()
    return None if tags is None else {str(tag[0]) for tag in tags}
