"""what goes with what, and results about the whole shop"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.create_table(
        "product_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("both", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_pair_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["product.id"], name=op.f("fk_product_pair_other_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_pair")),
    )
    op.create_index("ix_product_pair_product_id", "product_pair", ["product_id", "weight"])
    op.create_table(
        "shop_figures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_figures")),
        sa.UniqueConstraint("name", name=op.f("uq_shop_figures_name")),
    )


def downgrade() -> None:
    op.drop_table("shop_figures")
    op.drop_table("product_pair")
