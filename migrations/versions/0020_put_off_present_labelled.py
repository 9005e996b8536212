"""conversations that are put off, colleagues who are present, labels, and how one wants to be told"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

FAR_OFF = "9999-12-30 00:00:00.000000"


def upgrade() -> None:
    op.add_column(
        "conversation",
        sa.Column(
            "snoozed_until", sa.DateTime(timezone=True), nullable=False, server_default=FAR_OFF
        ),
    )
    for name in ("sound", "notices"):
        op.add_column(
            "staff", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _presence()
    _labels()


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_presence_conversation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_presence_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence")),
        sa.UniqueConstraint(
            "conversation_id", "staff_id", name=op.f("uq_presence_conversation_id_staff_id")
        ),
    )
    op.create_index(op.f("ix_presence_seen_at"), "presence", ["seen_at"], unique=False)


def _labels() -> None:
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("tone", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
        sa.UniqueConstraint("name", name=op.f("uq_label_name")),
    )
    op.create_table(
        "labelling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_labelling_conversation_id")
        ),
        sa.ForeignKeyConstraint(["label_id"], ["label.id"], name=op.f("fk_labelling_label_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labelling")),
        sa.UniqueConstraint(
            "conversation_id", "label_id", name=op.f("uq_labelling_conversation_id_label_id")
        ),
    )
    op.create_index(
        "ix_labelling_label", "labelling", ["label_id", "conversation_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_labelling_label", "labelling")
    op.drop_table("labelling")
    op.drop_table("label")
    op.drop_index(op.f("ix_presence_seen_at"), "presence")
    op.drop_table("presence")
    op.drop_column("staff", "notices")
    op.drop_column("staff", "sound")
    op.drop_column("conversation", "snoozed_until")
