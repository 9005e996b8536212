"""refunds, and purchases that are put right"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

TAKINGS = ["at", "id", "customer_id", "cents", "voided_at"]


def upgrade() -> None:
    op.add_column(
        "purchase",
        sa.Column("refunded_cents", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column(
        "purchase", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    op.drop_index("ix_purchase_at", table_name="purchase")
    op.create_index("ix_purchase_at", "purchase", [*TAKINGS[:4], "refunded_cents", TAKINGS[4]])
    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"], name=op.f("fk_refund_order_id")),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_refund_by_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff.id"], name=op.f("fk_refund_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("key", name=op.f("uq_refund_key")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"])


def downgrade() -> None:
    op.drop_table("refund")
    op.drop_index("ix_purchase_at", table_name="purchase")
    op.create_index("ix_purchase_at", "purchase", TAKINGS)
    op.drop_column("purchase", "version")
    op.drop_column("purchase", "refunded_cents")
