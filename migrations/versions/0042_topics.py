"""topics, their threads, and how they change hands"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("raised_by_id", sa.Integer(), nullable=True),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_after", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("unsolved", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("rating_text", sa.String(length=500), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unseen", sa.Integer(), nullable=False),
        sa.Column("alarm", sa.Integer(), nullable=False),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_topic_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_topic_customer_id")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["community.id"], name=op.f("fk_topic_group_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_topic_owner_id")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["staff.id"], name=op.f("fk_topic_raised_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
        sa.UniqueConstraint("key", name=op.f("uq_topic_key")),
    )
    op.create_index("ix_topic_alarm", "topic", ["alarm_at"])
    op.create_index("ix_topic_answered", "topic", ["group_id", "answered_at"])
    op.create_index("ix_topic_board", "topic", ["group_id", "state", "due_at", "id"])
    op.create_index(op.f("ix_topic_conversation_id"), "topic", ["conversation_id"])
    op.create_index("ix_topic_customer", "topic", ["customer_id", "state"])
    op.create_index("ix_topic_due", "topic", ["state", "due_at", "id"])
    op.create_index("ix_topic_ends", "topic", ["ends_at"])
    op.create_index("ix_topic_group_last", "topic", ["group_id", "state", "last_at", "id"])
    op.create_index("ix_topic_owner", "topic", ["owner_id", "state", "due_at", "id"])
    op.create_index(
        "ix_topic_unseen",
        "topic",
        ["owner_id"],
        sqlite_where=sa.text("unseen > 0"),
        postgresql_where=sa.text("unseen > 0"),
    )
    op.create_index("ix_topic_waiting", "topic", ["group_id", "waiting_since"])

    op.create_table(
        "topic_handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("from_group_id", sa.Integer(), nullable=False),
        sa.Column("to_group_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_topic_handover_by_id")),
        sa.ForeignKeyConstraint(
            ["from_group_id"], ["community.id"], name=op.f("fk_topic_handover_from_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_group_id"], ["community.id"], name=op.f("fk_topic_handover_to_group_id")
        ),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_topic_handover_to_id")),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_topic_handover_topic_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_handover")),
    )
    op.create_index(
        "ix_topic_handover_to",
        "topic_handover",
        ["to_id"],
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index("ix_topic_handover_topic", "topic_handover", ["topic_id", "id"])
    op.create_index(
        "ix_topic_handover_until",
        "topic_handover",
        ["until"],
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )
    op.create_index(
        "uq_topic_handover_pending",
        "topic_handover",
        ["topic_id"],
        unique=True,
        sqlite_where=sa.text("state = 'offered'"),
        postgresql_where=sa.text("state = 'offered'"),
    )

    op.create_table(
        "topic_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("inbound", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_topic_line_by_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_topic_line_message_id")
        ),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_topic_line_topic_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic_line")),
        sa.UniqueConstraint(
            "topic_id", "message_id", name=op.f("uq_topic_line_topic_id_message_id")
        ),
    )
    op.create_index(op.f("ix_topic_line_message_id"), "topic_line", ["message_id"])
    op.create_index("ix_topic_line_topic", "topic_line", ["topic_id", "id"])


def downgrade() -> None:
    op.drop_table("topic_line")
    op.drop_table("topic_handover")
    op.drop_table("topic")
