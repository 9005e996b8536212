"""products, and the things of a purchase"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

BYTES = sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_key", BYTES, nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("cycle_days", sa.Integer(), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("name", name=op.f("uq_product_name")),
    )
    op.create_index("ix_product_name_key", "product", ["name_key", "id"])
    op.create_table(
        "purchase_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase.id"], name=op.f("fk_purchase_item_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_purchase_item_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_item")),
    )
    op.create_index(op.f("ix_purchase_item_order_id"), "purchase_item", ["order_id"])
    op.create_index(op.f("ix_purchase_item_product_id"), "purchase_item", ["product_id"])


def downgrade() -> None:
    op.drop_table("purchase_item")
    op.drop_table("product")
