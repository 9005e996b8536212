"""the board finds what was solved and may still be rated, not all that ever was"""

from alembic import op

revision = "0048"
down_revision = "0047"


def upgrade() -> None:
    op.drop_index("ix_topic_group_last", "topic")
    op.create_index("ix_topic_ended", "topic", ["group_id", "state", "ends_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_topic_ended", "topic")
    op.create_index("ix_topic_group_last", "topic", ["group_id", "state", "last_at", "id"])
