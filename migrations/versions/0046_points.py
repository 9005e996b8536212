"""points: the owner's rules, accounts, the ledger; levels; coupons that cost points"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "coupon_batch", sa.Column("price", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "point_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("per_cents", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_rule")),
        sa.UniqueConstraint("kind", name=op.f("uq_point_rule_kind")),
    )
    op.create_table(
        "point_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_point_account_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_account")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_point_account_customer_id")),
    )
    op.create_table(
        "point_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=True),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("per_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_point_entry_customer_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_point_entry_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_point_entry_key")),
    )
    op.create_index("ix_point_entry_customer", "point_entry", ["customer_id", "id"])
    op.create_index("ix_point_entry_subject", "point_entry", ["subject", "kind"])
    op.create_table(
        "member_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("least", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(length=100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_level")),
        sa.UniqueConstraint("name", name=op.f("uq_member_level_name")),
    )


def downgrade() -> None:
    for table in ("member_level", "point_entry", "point_account", "point_rule"):
        op.drop_table(table)
    op.drop_column("coupon_batch", "price")
