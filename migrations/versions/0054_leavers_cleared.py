"""when what WeChat told of somebody who unfollowed was removed"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"

UNCLEARED = sa.text("cleared_at IS NULL AND NOT following")


def upgrade() -> None:
    op.add_column("follower", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_follower_uncleared", "follower", ["changed_at"], sqlite_where=UNCLEARED,
        postgresql_where=UNCLEARED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_follower_uncleared", "follower")
    op.drop_column("follower", "cleared_at")
