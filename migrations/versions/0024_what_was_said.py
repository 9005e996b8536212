"""the index of what was said; the messages that are there wait in a gap for its job"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "index_gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_gap")),
    )
    op.execute(
        "INSERT INTO index_gap (low, high, created_at)"
        " SELECT 0, max(id), CURRENT_TIMESTAMP FROM message HAVING max(id) > 0"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE message_words_index (message_id integer PRIMARY KEY"
            " REFERENCES message (id) ON DELETE CASCADE, vector tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_message_vector ON message_words_index USING gin (vector)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE message_words_index USING fts5(tokens, content='', detail=none,"
        " tokenize='unicode61 remove_diacritics 0')"
    )


def downgrade() -> None:
    op.execute("DROP TABLE message_words_index")
    op.drop_table("index_gap")
