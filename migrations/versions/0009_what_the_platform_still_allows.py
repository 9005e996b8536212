"""what the platform still allows: on each conversation, and a shop's own rules"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

FAR_OFF = "9999-12-30 00:00:00.000000"
LONG_AGO = "1970-01-01 00:00:00.000000"
# The longest window of each follower; one of a minute is over before anybody looks.
CARRY_OVER = """
    UPDATE conversation SET
      window_until = COALESCE((
        SELECT allowance.until FROM allowance JOIN follower ON follower.id = allowance.follower_id
        WHERE follower.account = conversation.account AND follower.openid = conversation.address
        ORDER BY allowance.until DESC LIMIT 1), '1970-01-01 00:00:00.000000'),
      window_left = COALESCE((
        SELECT allowance."left" FROM allowance JOIN follower ON follower.id = allowance.follower_id
        WHERE follower.account = conversation.account AND follower.openid = conversation.address
        ORDER BY allowance.until DESC LIMIT 1), 0)
    WHERE channel = 'wechat'
"""
GONE = """
    UPDATE conversation SET window_until = '1970-01-01 00:00:00.000000', window_left = -1
    WHERE channel = 'wechat' AND NOT COALESCE((
      SELECT following FROM follower
      WHERE follower.account = conversation.account AND follower.openid = conversation.address),
      true)
"""


def upgrade() -> None:
    op.create_table(
        "allowance_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowance_rule")),
        sa.UniqueConstraint("trigger", name=op.f("uq_allowance_rule_trigger")),
    )
    moment = sa.DateTime(timezone=True)
    # The defaults stay: SQLite would have to copy the table to take them away again.
    for column in (
        sa.Column("window_until", moment, nullable=False, server_default=FAR_OFF),
        sa.Column("window_left", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("touch_until", moment, nullable=False, server_default=LONG_AGO),
        sa.Column("touch_left", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("conversation", column)
    op.execute(CARRY_OVER)
    op.execute(GONE)
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index("ix_conversation_window", ["state", "window_until", "id"])
        batch_op.create_index(
            "ix_conversation_assignee_window", ["assignee_key", "state", "window_until", "id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index("ix_conversation_assignee_window")
        batch_op.drop_index("ix_conversation_window")
    for name in ("touch_left", "touch_until", "window_left", "window_until"):
        op.drop_column("conversation", name)
    op.drop_table("allowance_rule")
