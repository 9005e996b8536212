"""the lists of customers that had no index of their own: warm ones of an owner, and those put away"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

PARTIAL = {
    "ix_customer_archived": ["archived_at", "id"],
    "ix_customer_owner_archived": ["owner_key", "archived_at", "id"],
}
KEPT_AWAY = sa.text("archived_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_owner_warm", ["owner_key", "warm_until", "id"], unique=False
        )
        for name, columns in PARTIAL.items():
            batch_op.create_index(
                name, columns, unique=False, sqlite_where=KEPT_AWAY, postgresql_where=KEPT_AWAY
            )


def downgrade() -> None:
    with op.batch_alter_table("customer", schema=None) as batch_op:
        for name in PARTIAL:
            batch_op.drop_index(name)
        batch_op.drop_index("ix_customer_owner_warm")
