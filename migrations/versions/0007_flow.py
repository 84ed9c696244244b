"""The handoff flow in versions, work on it, and answers to fields that a designer added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("requests", sa.Column("answers", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "flow_versions",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("status", sa.String(20), nullable=False, index=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(200), nullable=False),
        sa.Column("published_at", sa.DateTime()),
        sa.Column("published_by", sa.String(200)),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON()),
        sa.Column("restores", sa.Integer()),
    )
    op.create_table(
        "flow_jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False, index=True),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False, index=True),
        sa.Column("seen_at", sa.DateTime()),
        sa.Column("ended_at", sa.DateTime()),
        sa.Column("claimed_by", sa.String(32)),
        sa.Column("step", sa.String(200)),
        sa.Column("task", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON()),
    )


def downgrade() -> None:
    op.drop_table("flow_jobs")
    op.drop_table("flow_versions")
    # Dropped, not rebuilt without: that would take the search's triggers along.
    op.drop_column("requests", "answers")
