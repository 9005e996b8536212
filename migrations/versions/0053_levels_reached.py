"""which level a member had when it was last looked at, and when they went up"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

LONG_AGO = "1970-01-01 00:00:00.000000"
UNKNOWN = "-2"  # of those who are there: the first look makes no news of it


def upgrade() -> None:
    op.add_column(
        "point_account",
        sa.Column("level", sa.BigInteger(), nullable=False, server_default=UNKNOWN),
    )
    op.add_column(
        "point_account",
        sa.Column("risen_at", sa.DateTime(timezone=True), nullable=False, server_default=LONG_AGO),
    )


def downgrade() -> None:
    op.drop_column("point_account", "risen_at")
    op.drop_column("point_account", "level")
