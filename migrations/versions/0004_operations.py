"""What the team does with requests, channels, people, the owner's alerts, limits and receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Added, not rebuilt: every other table points to this one.
    for column in (
        sa.Column("client", sa.String(32)),
        sa.Column("changed_at", sa.DateTime()),
        sa.Column("taken_by", sa.String(200)),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
    ):
        op.add_column("requests", column)
    op.create_index("ix_requests_client", "requests", ["client"])
    op.create_index("ix_requests_ended_at", "requests", ["ended_at"])
    op.create_index("ix_requests_status_id", "requests", ["status", "id"])
    op.execute("UPDATE requests SET changed_at = created_at")
    op.execute("UPDATE requests SET ended_at = created_at WHERE status = 'cancelled'")
    op.add_column("request_events", sa.Column("told", sa.String(20)))
    op.create_index("ix_request_events_told", "request_events", ["told"])
    op.add_column("deliveries", sa.Column("label", sa.String(200)))
    _create_tables()


def _create_tables() -> None:
    op.create_table(
        "channels",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("for_requests", sa.Boolean(), nullable=False),
        sa.Column("for_alerts", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(120), nullable=False, unique=True),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
    )
    op.create_table(
        "limit_hits",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("conversation_id", sa.String(255)),
        sa.Column("client", sa.String(32)),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
        sa.Column("started_at", sa.DateTime(), nullable=False, index=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("question", sa.String(60)),
        sa.Column("outcome", sa.String(20), nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime()),
    )
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), index=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False, index=True),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("client", sa.String(32), nullable=False, index=True),
        sa.Column("name", sa.String(100), index=True),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.Column("revoked_at", sa.DateTime()),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("actor", sa.String(200), nullable=False, index=True),
        sa.Column("action", sa.String(60), nullable=False, index=True),
        sa.Column("object", sa.String(320)),
        sa.Column("detail", sa.JSON(), nullable=False),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False, index=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.Text()),
    )


def downgrade() -> None:
    for table in (
        "idempotency_keys",
        "erasures",
        "audit_entries",
        "api_tokens",
        "sign_in_failures",
        "sign_ins",
        "users",
        "handoffs",
        "limit_hits",
        "alerts",
        "channels",
    ):
        op.drop_table(table)
    with op.batch_alter_table("deliveries") as deliveries:
        deliveries.drop_column("label")
    with op.batch_alter_table("request_events") as events:
        events.drop_index("ix_request_events_told")
        events.drop_column("told")
    with op.batch_alter_table("requests") as requests:
        requests.drop_index("ix_requests_status_id")
        requests.drop_index("ix_requests_ended_at")
        requests.drop_index("ix_requests_client")
        for column in ("ended_at", "taken_at", "taken_by", "changed_at", "client"):
            requests.drop_column(column)
