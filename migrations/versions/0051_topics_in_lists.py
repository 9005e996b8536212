"""A line of a day's list may be about a topic that is late"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"

TOPIC = "fk_delivery_line_topic_id"


def upgrade() -> None:
    with op.batch_alter_table("delivery_line") as table:
        table.add_column(sa.Column("topic_id", sa.Integer(), nullable=True))
        table.create_foreign_key(TOPIC, "topic", ["topic_id"], ["id"])
        table.create_index("ix_delivery_line_topic_id", ["topic_id"])


def downgrade() -> None:
    with op.batch_alter_table("delivery_line") as table:
        table.drop_index("ix_delivery_line_topic_id")
        table.drop_constraint(TOPIC, type_="foreignkey")
        table.drop_column("topic_id")
