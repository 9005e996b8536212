"""a conversation knows whose its customer is, and the indexes that are counted by know it too"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"

ALARMED, UNREAD = sa.text("alarm > 0"), sa.text("unread > 0")
# index, its columns until now, what is added, of which rows alone
WIDER = (
    ("ix_conversation_assignee", ["assignee_key", "state", "last_at", "id", "customer_id"],
     ["owner_key"], None),
    ("ix_conversation_unread", ["assignee_key", "state", "customer_id"], ["owner_key"], UNREAD),
    ("ix_conversation_alarm", ["assignee_key", "state"],
     ["waiting_since", "customer_id", "owner_key", "alarm"], ALARMED),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("conversation", sa.Column("owner_key", sa.Integer(), nullable=False,
                                            server_default="0"))  # fmt: skip
    op.execute(
        "UPDATE conversation SET owner_key = (SELECT customer.owner_key FROM customer"
        " WHERE customer.id = conversation.customer_id)"
    )
    for name, columns, more, where in WIDER:
        _replace(name, [*columns, *more], where)


def downgrade() -> None:
    for name, columns, _more, where in WIDER:
        _replace(name, columns, where)
    op.drop_column("conversation", "owner_key")


def _replace(name: str, columns: list[str], where: sa.TextClause | None) -> None:
    some = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    op.drop_index(name, table_name="conversation")
    op.create_index(name, "conversation", columns, unique=False, **some)
