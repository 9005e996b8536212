"""follow-ups that come again"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("repeat", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("follow_up", "repeat")
