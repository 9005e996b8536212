"""colleagues bind their own WeChat; the moment of which a line of a message tells"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

LONG_AGO = "1970-01-01 00:00:00.000000"


def upgrade() -> None:
    op.add_column(
        "delivery_line",
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=LONG_AGO),
    )
    op.create_table(
        "colleague_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_colleague_code_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_colleague_code_code_hash")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_colleague_code_staff_id")),
    )


def downgrade() -> None:
    op.drop_table("colleague_code")
    with op.batch_alter_table("delivery_line") as table:
        table.drop_column("due_at")
