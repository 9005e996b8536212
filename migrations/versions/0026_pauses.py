"""when the platform cannot be asked: broken calls in a row, and until when all wait"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column(
        "access_token", sa.Column("failures", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "access_token",
        sa.Column(
            "paused_until", sa.DateTime(timezone=True), nullable=False,
            server_default="1970-01-01 00:00:00.000000",
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_column("access_token", "paused_until")
    op.drop_column("access_token", "failures")
