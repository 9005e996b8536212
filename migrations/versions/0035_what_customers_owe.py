"""what customers owe, and what they paid of it"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

OWED = sa.text("owed_cents > 0")
FAR_OFF = "9999-12-30"


def upgrade() -> None:
    for column in (
        sa.Column("owed_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("due_on", sa.Date(), nullable=False, server_default=FAR_OFF),
    ):
        op.add_column("purchase", column)
    op.create_index(
        "ix_purchase_owed", "purchase", ["customer_id", "due_on", "id"],
        sqlite_where=OWED, postgresql_where=OWED,
    )  # fmt: skip
    for column in (
        sa.Column("owed_cents", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("owed_since", sa.Date(), nullable=False, server_default=FAR_OFF),
        sa.Column("owed_due_on", sa.Date(), nullable=False, server_default=FAR_OFF),
    ):
        op.add_column("customer", column)
    op.create_index(
        "ix_customer_owed", "customer", ["owed_due_on", "id"],
        sqlite_where=OWED, postgresql_where=OWED,
    )  # fmt: skip
    op.add_column(
        "refund", sa.Column("off_cents", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"], name=op.f("fk_payment_order_id")),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_payment_by_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff.id"], name=op.f("fk_payment_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_key")),
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"])


def downgrade() -> None:
    op.drop_table("payment")
    op.drop_column("refund", "off_cents")
    op.drop_index("ix_customer_owed", "customer")
    for name in ("owed_due_on", "owed_since", "owed_cents"):
        op.drop_column("customer", name)
    op.drop_index("ix_purchase_owed", "purchase")
    for name in ("due_on", "owed_cents"):
        op.drop_column("purchase", name)
