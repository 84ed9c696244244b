"""A request's status and history, which message tells what, and look-ups that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EVENTS = sa.table(
    "request_events",
    sa.column("id", sa.Integer()),
    sa.column("request_id", sa.Integer()),
    sa.column("at", sa.DateTime()),
    sa.column("actor", sa.String()),
    sa.column("kind", sa.String()),
    sa.column("detail", sa.JSON()),
)
REQUESTS = sa.table(
    "requests", sa.column("id", sa.Integer()), sa.column("created_at", sa.DateTime())
)
DELIVERIES = sa.table(
    "deliveries", sa.column("request_id", sa.Integer()), sa.column("event_id", sa.Integer())
)


def upgrade() -> None:
    op.create_table(
        "request_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "request_id", sa.Integer(), sa.ForeignKey("requests.id"), nullable=False, index=True
        ),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_table(
        "failed_lookups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("reference", sa.String(12), nullable=False, index=True),
        sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    )
    # Added, not rebuilt: every other table points to this one.
    op.add_column(
        "requests", sa.Column("status", sa.String(20), nullable=False, server_default="new")
    )
    op.add_column("deliveries", sa.Column("event_id", sa.Integer()))
    _remember_how_they_began()
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.alter_column("event_id", existing_type=sa.Integer(), nullable=False)
        deliveries.create_foreign_key("deliveries_event_id", "request_events", ["event_id"], ["id"])
        deliveries.create_index("ix_deliveries_event_id", ["event_id"])


def _remember_how_they_began() -> None:
    """Requests stored before there was a history begin theirs with having been created."""
    created = sa.select(
        REQUESTS.c.id,
        REQUESTS.c.created_at,
        sa.literal("visitor"),
        sa.literal("created"),
        sa.literal({}, sa.JSON()),
    )
    op.execute(
        EVENTS.insert().from_select(["request_id", "at", "actor", "kind", "detail"], created)
    )
    of_request = sa.select(EVENTS.c.id).where(EVENTS.c.request_id == DELIVERIES.c.request_id)
    op.execute(DELIVERIES.update().values(event_id=of_request.scalar_subquery()))


def downgrade() -> None:
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_index("ix_deliveries_event_id")
        deliveries.drop_constraint("deliveries_event_id", type_="foreignkey")
        deliveries.drop_column("event_id")
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("status")
    op.drop_table("failed_lookups")
    op.drop_table("request_events")
