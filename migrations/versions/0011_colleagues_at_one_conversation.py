"""colleagues at one conversation: who is wanted there, and answers that did not arrive"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

WANTED = sa.text("closed_at IS NULL")
INDEXES = {
    "ix_nudge_staff": ["staff_id", "conversation_id"],
    "ix_nudge_conversation": ["conversation_id"],
}


def upgrade() -> None:
    op.add_column(
        "conversation", sa.Column("undelivered", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_nudge_conversation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_nudge_staff_id")),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_nudge_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
    )
    for name, columns in INDEXES.items():
        op.create_index(
            name, "nudge", columns, unique=False, sqlite_where=WANTED, postgresql_where=WANTED
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "nudge")
    op.drop_table("nudge")
    op.drop_column("conversation", "undelivered")
