"""who is in which community and why, group QR pictures, notices to members, warranties"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def _row(name: str, *more: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *more,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _at(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("warranty_days", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("community", schema=None) as batch_op:
        batch_op.add_column(sa.Column("members", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("gone_members", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("gone_on", sa.Date(), nullable=False, server_default="1970-01-01")
        )
    _row(
        "community_rule",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Boolean(), nullable=False),
        _at("community_rule", "group_id", "community"),
    )
    op.create_index(op.f("ix_community_rule_group_id"), "community_rule", ["group_id"])
    _row(
        "community_sign",
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        _at("community_sign", "customer_id", "customer"),
        sa.UniqueConstraint(
            "customer_id", "rule_id", name=op.f("uq_community_sign_customer_id_rule_id")
        ),
    )
    op.create_index(op.f("ix_community_sign_rule_id"), "community_sign", ["rule_id"])
    _row(
        "community_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        _at("community_member", "group_id", "community"),
        _at("community_member", "customer_id", "customer"),
        sa.UniqueConstraint(
            "customer_id", "group_id", name=op.f("uq_community_member_customer_id_group_id")
        ),
    )
    op.create_index("ix_community_member_group", "community_member", ["group_id", "since", "id"])
    _row(
        "community_hold",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _at("community_hold", "group_id", "community"),
        _at("community_hold", "customer_id", "customer"),
        _at("community_hold", "by_id", "staff"),
        sa.UniqueConstraint(
            "customer_id", "group_id", name=op.f("uq_community_hold_customer_id_group_id")
        ),
    )
    _row(
        "community_picture",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=32), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _at("community_picture", "group_id", "community"),
        _at("community_picture", "by_id", "staff"),
    )
    op.create_index(op.f("ix_community_picture_group_id"), "community_picture", ["group_id"])
    _row(
        "community_notice",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        _at("community_notice", "group_id", "community"),
        _at("community_notice", "by_id", "staff"),
    )
    op.create_index(op.f("ix_community_notice_group_id"), "community_notice", ["group_id"])
    _row(
        "community_notice_line",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _at("community_notice_line", "notice_id", "community_notice"),
        _at("community_notice_line", "customer_id", "customer"),
        _at("community_notice_line", "message_id", "message"),
        sa.UniqueConstraint(
            "notice_id", "customer_id", name=op.f("uq_community_notice_line_notice_id_customer_id")
        ),
    )
    op.create_index(
        op.f("ix_community_notice_line_message_id"), "community_notice_line", ["message_id"]
    )
    op.create_index(
        "ix_community_notice_line_customer", "community_notice_line", ["customer_id", "id"]
    )


def downgrade() -> None:
    for name in (
        "community_notice_line", "community_notice", "community_picture", "community_hold",
        "community_member", "community_sign", "community_rule",
    ):  # fmt: skip
        op.drop_table(name)
    with op.batch_alter_table("community", schema=None) as batch_op:
        for name in ("gone_on", "gone_members", "members"):
            batch_op.drop_column(name)
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_column("warranty_days")
