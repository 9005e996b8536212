"""who has been told that a customer waits too long"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

ALARMED = sa.text("alarm > 0")


def upgrade() -> None:
    op.add_column(
        "conversation", sa.Column("alarm", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index("ix_conversation_waiting", "conversation", ["state", "waiting_since", "id"])
    op.create_index(
        "ix_conversation_alarm", "conversation", ["assignee_key", "state"],
        sqlite_where=ALARMED, postgresql_where=ALARMED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_conversation_alarm", "conversation")
    op.drop_index("ix_conversation_waiting", "conversation")
    op.drop_column("conversation", "alarm")
