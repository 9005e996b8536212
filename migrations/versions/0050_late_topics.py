"""Today asks for the topics of which somebody has been told that they are late"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_index(
        "ix_topic_alarmed", "topic", ["owner_id"], sqlite_where=sa.text("alarm > 0"),
        postgresql_where=sa.text("alarm > 0"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_topic_alarmed", "topic")
