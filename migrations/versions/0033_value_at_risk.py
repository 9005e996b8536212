"""what is at risk with each quiet customer, and the shop's sensitivity and usual amount"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

DATES = ("dormant_on", "lost_on")
KNOWN = sa.text("at_risk_cents IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "customer", sa.Column("priced_visits", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute("UPDATE customer SET priced_visits = visits WHERE visits > 0")
    op.add_column("customer", sa.Column("at_risk_cents", sa.BigInteger(), nullable=True))
    op.add_column("rhythm", sa.Column("share", sa.Double(), nullable=False, server_default="0.5"))
    op.add_column(
        "rhythm", sa.Column("typical_cents", sa.BigInteger(), nullable=False, server_default="0")
    )
    for column in DATES:
        op.create_index(f"ix_customer_{column}", "customer", [column, "id"])
    for name, leading in (("", []), ("owner_", ["owner_key"])):
        op.create_index(
            f"ix_customer_{name}at_risk", "customer", [*leading, "at_risk_cents", "id"],
            sqlite_where=KNOWN, postgresql_where=KNOWN,
        )  # fmt: skip


def downgrade() -> None:
    for name in ("ix_customer_at_risk", "ix_customer_owner_at_risk"):
        op.drop_index(name, table_name="customer")
    for column in DATES:
        op.drop_index(f"ix_customer_{column}", table_name="customer")
    op.drop_column("rhythm", "typical_cents")
    op.drop_column("rhythm", "share")
    op.drop_column("customer", "at_risk_cents")
    op.drop_column("customer", "priced_visits")
