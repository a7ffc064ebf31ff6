"""Knowledge: articles with their versions, use and answers, and vectors of what can be like a ticket."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.grants import grant

revision = "0033e"
down_revision = "0027c"
branch_labels = None
depends_on = None

SCHEMA = "work_orders"
_WRITERS = ("admin", "desk_agent", "desk_lead", "engineer")
_RIGHTS = {
    "knowledge.read": (
        *_WRITERS, "storekeeper", "claims_adjudicator", "dealer", "customer",
    ),
    "knowledge.write": _WRITERS,
    "knowledge.publish": ("admin", "desk_lead"),
}  # fmt: skip


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _count(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default=default, nullable=False)


def _labels(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)


def _articles() -> None:
    op.create_table(
        "knowledge_articles",
        _text("id"),
        _text("state", "draft"),
        _text("audience", "internal"),
        _text("language"),
        _text("title"),
        _text("body", ""),
        *(_labels(name) for name in ("failure_modes", "tags", "equipment_classes", "model_ids")),
        _text("ticket_id", nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        _text("updated_by_name"),
        _moment("published_at", nullable=True),
        sa.Column("terms", postgresql.TSVECTOR(), nullable=True),
        _count("version", "1"),
        sa.CheckConstraint(
            "state IN ('draft', 'published', 'archived')", name=op.f("ck_knowledge_articles_state")
        ),
        sa.CheckConstraint(
            "audience IN ('internal', 'public')", name=op.f("ck_knowledge_articles_audience")
        ),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_knowledge_articles_language")),
        sa.CheckConstraint(
            "state <> 'published' OR btrim(body) <> ''",
            name=op.f("ck_knowledge_articles_published_has_text"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["work_orders.tickets.id"], name=op.f("fk_knowledge_articles_ticket_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_articles")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_knowledge_articles_ticket_id")),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_knowledge_articles_terms", "knowledge_articles", ["terms"], schema=SCHEMA,
        postgresql_using="gin",
    )  # fmt: skip
    grant(SCHEMA, "knowledge_articles", "SELECT, INSERT, UPDATE")
    op.create_table(
        "knowledge_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _text("article_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        _moment("saved_at"),
        _text("saved_by_name"),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["work_orders.knowledge_articles.id"],
            name=op.f("fk_knowledge_versions_article_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_versions")),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_knowledge_versions_article_id"), "knowledge_versions", ["article_id"],
        schema=SCHEMA,
    )  # fmt: skip
    grant(SCHEMA, "knowledge_versions", "SELECT, INSERT")


def _use() -> None:
    op.create_table(
        "knowledge_uses",
        _text("subject_id"),
        *(_count(name, "0") for name in ("shown", "opened", "inserted")),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_knowledge_uses")),
        schema=SCHEMA,
    )
    grant(SCHEMA, "knowledge_uses", "SELECT, INSERT, UPDATE")
    op.create_table(
        "knowledge_votes",
        _text("subject_id"),
        _text("person_id"),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column(
            "voted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["registry.people.id"], name=op.f("fk_knowledge_votes_person_id")
        ),
        sa.PrimaryKeyConstraint("subject_id", "person_id", name=op.f("pk_knowledge_votes")),
        schema=SCHEMA,
    )
    grant(SCHEMA, "knowledge_votes", "SELECT, INSERT, UPDATE, DELETE")


def _vectors() -> None:
    op.create_table(
        "knowledge_vectors",
        _text("subject_id"),
        _text("kind"),
        _text("organisation_id", nullable=True),
        _text("equipment_class", "unspecified"),
        _text("failure_mode", "unspecified"),
        sa.Column("live", sa.Boolean(), nullable=False),
        _text("encoder"),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column(
            "changed_in",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('case', 'article')", name=op.f("ck_knowledge_vectors_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["registry.organisations.id"],
            name=op.f("fk_knowledge_vectors_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_knowledge_vectors")),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_knowledge_vectors_changed_in", "knowledge_vectors", ["changed_in"], schema=SCHEMA
    )
    grant(SCHEMA, "knowledge_vectors", "SELECT, INSERT, UPDATE")


def upgrade() -> None:
    _articles()
    _use()
    _vectors()
    for permission, roles in _RIGHTS.items():
        # A new database has them already: the roles' first rows are the present ones.
        op.execute(
            sa.text(
                "INSERT INTO registry.role_permissions (role, permission) "
                "SELECT name, :permission FROM registry.roles WHERE name = ANY(:roles) "
                "ON CONFLICT DO NOTHING"
            ).bindparams(
                sa.bindparam("permission", permission),
                sa.bindparam("roles", list(roles), type_=postgresql.ARRAY(sa.Text())),
            )
        )


def downgrade() -> None:
    op.execute("DELETE FROM registry.role_permissions WHERE permission LIKE 'knowledge.%'")
    for table in ("vectors", "votes", "uses", "versions", "articles"):
        op.drop_table(f"knowledge_{table}", schema=SCHEMA)
