"""the link of a quick reply leaves as a card with a title"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column(
        "quick_reply",
        sa.Column("link_title", sa.String(length=60), nullable=False, server_default=""),
    )


def downgrade() -> None:
    op.drop_column("quick_reply", "link_title")
