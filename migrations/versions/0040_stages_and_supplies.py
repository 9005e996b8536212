"""stages of care, and what customers will have used up"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "care_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_line")),
        sa.UniqueConstraint("name", name=op.f("uq_care_line_name")),
    )
    op.create_table(
        "stage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("says", sa.String(length=200), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["care_line.id"], name=op.f("fk_stage_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
    )
    op.create_index(op.f("ix_stage_line_id"), "stage", ["line_id"])
    op.create_table(
        "care_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_care_date_customer_id")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["care_line.id"], name=op.f("fk_care_date_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_date")),
        sa.UniqueConstraint(
            "customer_id", "line_id", "name", name=op.f("uq_care_date_customer_id_line_id_name")
        ),
    )
    op.create_index(op.f("ix_care_date_customer_id"), "care_date", ["customer_id"])
    op.create_index("ix_care_date_line", "care_date", ["line_id", "on", "id"])
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_product_stage_id"), "stage", ["stage_id"], ["id"])
    op.create_table(
        "supply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("gap_days", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_supply_customer_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_supply_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supply")),
        sa.UniqueConstraint(
            "customer_id", "product_id", name=op.f("uq_supply_customer_id_product_id")
        ),
    )
    op.create_index("ix_supply_due_on", "supply", ["due_on", "id"])
    op.create_index("ix_supply_product", "supply", ["product_id", "last_on"])
    op.add_column("follow_up", sa.Column("key", sa.String(length=80), nullable=True))
    op.create_index("ix_follow_up_key", "follow_up", ["key"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_follow_up_key", "follow_up")
    op.drop_column("follow_up", "key")
    op.drop_table("supply")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_product_stage_id"), type_="foreignkey")
        batch_op.drop_column("stage_id")
    op.drop_table("care_date")
    op.drop_table("stage")
    op.drop_table("care_line")
