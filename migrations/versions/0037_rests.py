"""until when no reminder of a customer is wanted"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("rest_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("follow_up", "rest_until")
