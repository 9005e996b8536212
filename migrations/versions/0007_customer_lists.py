"""the two lists of customers that had no index of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEPT_AWAY = sa.text("archived_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_owner_warm", ["owner_key", "warm_until", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_archived", ["archived_at", "id"], unique=False,
            sqlite_where=KEPT_AWAY, postgresql_where=KEPT_AWAY,
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_archived")
        batch_op.drop_index("ix_customer_owner_warm")
