"""batches of coupons, and the coupons of each customer"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "coupon_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("gift", sa.String(length=60), nullable=False),
        sa.Column("least_cents", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("per_person", sa.Integer(), nullable=False),
        sa.Column("members_only", sa.Boolean(), nullable=False),
        sa.Column("event", sa.String(length=12), nullable=False),
        sa.Column("gone_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_batch")),
    )
    op.create_index("ix_coupon_batch_event", "coupon_batch", ["event"])
    op.create_table(
        "coupon",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("used_by_id", sa.Integer(), nullable=True),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("off_cents", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["coupon_batch.id"], name=op.f("fk_coupon_batch_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_coupon_customer_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_coupon_by_id")),
        sa.ForeignKeyConstraint(["used_by_id"], ["staff.id"], name=op.f("fk_coupon_used_by_id")),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"], name=op.f("fk_coupon_order_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["staff.id"], name=op.f("fk_coupon_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("code", name=op.f("uq_coupon_code")),
        sa.UniqueConstraint("key", name=op.f("uq_coupon_key")),
        sa.UniqueConstraint("number", name=op.f("uq_coupon_number")),
    )
    op.create_index("ix_coupon_customer", "coupon", ["customer_id", "id"])
    op.create_index("ix_coupon_batch", "coupon", ["batch_id", "state", "customer_id"])
    op.create_index("ix_coupon_ends", "coupon", ["state", "ends_on", "id"])
    op.create_index("ix_coupon_by", "coupon", ["by_id", "created_at"])
    op.create_index(op.f("ix_coupon_order_id"), "coupon", ["order_id"])


def downgrade() -> None:
    op.drop_table("coupon")
    op.drop_table("coupon_batch")
