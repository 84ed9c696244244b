"""Finding requests among a million: words to search by, and indexes for lists and filters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.search import words_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 1000
# Only ids are kept, no text: the words are in the requests already. With an index for each length
# of a beginning, the newest rows for a common word are found without reading all of them.
SEARCH = """
CREATE VIRTUAL TABLE requests_search USING fts5(
    words, content='', detail=none, columnsize=0,
    prefix='2 3 4 5 6 7 8', tokenize="ascii tokenchars '@.:_+-'"
)
"""
ADD = """
INSERT INTO requests_search (rowid, words) VALUES (
    new.id, new.words || ' is:' || new.status || coalesce(' by:' || hex(new.taken_by), '')
);
"""
# The same text that was added: the index keeps none to look it up in.
REMOVE = """
INSERT INTO requests_search (requests_search, rowid, words) VALUES (
    'delete',
    old.id, old.words || ' is:' || old.status || coalesce(' by:' || hex(old.taken_by), '')
);
"""
# A later migration that rebuilds the table has to make them anew.
TRIGGERS = {
    "requests_search_insert": f"AFTER INSERT ON requests BEGIN {ADD} END",
    "requests_search_delete": f"AFTER DELETE ON requests BEGIN {REMOVE} END",
    "requests_search_update": "AFTER UPDATE OF words, status, taken_by ON requests"
    " WHEN old.words != new.words OR old.status != new.status OR old.taken_by IS NOT new.taken_by"
    f" BEGIN {REMOVE} {ADD} END",
}


def upgrade() -> None:
    op.add_column("requests", sa.Column("words", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_requests_taken_by", "requests", ["taken_by", "status", "id"])
    op.create_index("ix_deliveries_status_request", "deliveries", ["status", "request_id"])
    _write_words()
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # As they are: colons in them are no parameters.
        connection.exec_driver_sql(SEARCH)
        connection.exec_driver_sql(
            "INSERT INTO requests_search (rowid, words) SELECT id, words || ' is:' || status"
            " || coalesce(' by:' || hex(taken_by), '') FROM requests"
        )
        for name, body in TRIGGERS.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")
    else:
        op.execute(
            "CREATE INDEX ix_requests_words ON requests"
            " USING gin (array_to_tsvector(string_to_array(words, ' ')))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE requests_search")
    else:
        op.drop_index("ix_requests_words", "requests")
    op.drop_index("ix_deliveries_status_request", "deliveries")
    op.drop_index("ix_requests_taken_by", "requests")
    with op.batch_alter_table("requests") as requests:
        requests.drop_column("words")


def _write_words() -> None:
    requests = sa.table(
        "requests",
        *(sa.column(name) for name in ("id", "reference", "name", "email", "phone", "reason")),
        sa.column("words"),
    )
    answers = [requests.c[name] for name in ("reference", "name", "email", "phone", "reason")]
    connection, last = op.get_bind(), 0
    while True:
        rows = connection.execute(
            sa.select(requests.c.id, *answers)
            .where(requests.c.id > last)
            .order_by(requests.c.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        connection.execute(
            requests.update()
            .where(requests.c.id == sa.bindparam("row"))
            .values(words=sa.bindparam("found")),
            [{"row": row.id, "found": words_of(*row[1:])} for row in rows],
        )
