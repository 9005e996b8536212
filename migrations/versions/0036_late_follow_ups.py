"""how far a late follow-up has been told of"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

UP = sa.text("raised > 1")


def upgrade() -> None:
    op.add_column(
        "follow_up", sa.Column("raised", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index(
        "ix_follow_up_raised", "follow_up", ["due_at", "id"], sqlite_where=UP, postgresql_where=UP
    )


def downgrade() -> None:
    op.drop_index("ix_follow_up_raised", "follow_up")
    op.drop_column("follow_up", "raised")
