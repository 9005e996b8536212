"""what counts ask is in the index itself: takings of a day, conversations to be answered"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

UNREAD = sa.text("unread > 0")
# table, index, its columns until now, what is added, whether it holds the unread alone
WIDER = (
    ("purchase", "ix_purchase_at", ["at", "id"], ["customer_id", "cents", "voided_at"], False),
    ("conversation", "ix_conversation_assignee", ["assignee_key", "state", "last_at", "id"],
     ["customer_id"], False),
    ("conversation", "ix_conversation_unread", ["assignee_key", "state"], ["customer_id"], True),
)  # fmt: skip


def upgrade() -> None:
    for table, name, columns, more, unread in WIDER:
        _replace(table, name, [*columns, *more], unread)


def downgrade() -> None:
    for table, name, columns, _more, unread in WIDER:
        _replace(table, name, columns, unread)


def _replace(table: str, name: str, columns: list[str], unread: bool) -> None:
    where = {"sqlite_where": UNREAD, "postgresql_where": UNREAD} if unread else {}
    op.drop_index(name, table_name=table)
    op.create_index(name, table, columns, unique=False, **where)
