"""what goes out to colleagues: where it reaches them, each message and its lines, and pulses"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

LONG_AGO = "1970-01-01 00:00:00.000000"
TEXTS = (("email", 128, ""), ("wechat_account", 64, ""), ("wechat_openid", 128, ""),
         ("wecom_user", 64, ""), ("digest_first", 8, "email"))  # fmt: skip


def upgrade() -> None:
    for name, size, default in TEXTS:
        _add(sa.Column(name, sa.String(length=size), nullable=False, server_default=default))
    _add(sa.Column("digest_at", sa.Integer(), nullable=False, server_default="510"))
    _add(sa.Column("remind_due", sa.Boolean(), nullable=False, server_default=sa.true()))
    _add(_moment("links_since", server_default=LONG_AGO))
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        _moment("at"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
        sa.UniqueConstraint("name", name=op.f("uq_pulse_name")),
    )
    _deliveries()
    _lines()


def _add(column: sa.Column) -> None:
    op.add_column("staff", column)


def _moment(name: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, **more)


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        _moment("due_at"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("tried", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        _moment("sent_at"),
        _moment("opened_at"),
        _moment("acted_at"),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_delivery_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
    )
    op.create_index("ix_delivery_staff", "delivery", ["staff_id", "id"])
    op.create_index("ix_delivery_due_at", "delivery", ["due_at", "state"])


def _lines() -> None:
    rows = (("delivery_id", "delivery", False), ("customer_id", "customer", False),
            ("followup_id", "follow_up", True), ("chat_id", "conversation", True))  # fmt: skip
    op.create_table(
        "delivery_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=empty) for name, _table, empty in rows),
        sa.Column("once", sa.String(length=60), nullable=True),
        *(_moment(name) for name in ("opened_at", "done_at", "moved_at", "noted_at")),
        _moment("created_at"),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_delivery_line_{name}"))
            for name, table, _empty in rows
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_line")),
        sa.UniqueConstraint("once", name=op.f("uq_delivery_line_once")),
        sa.UniqueConstraint(
            "delivery_id", "part", "place", name=op.f("uq_delivery_line_delivery_id_part_place")
        ),
    )
    op.create_index("ix_delivery_line_followup", "delivery_line", ["followup_id", "id"])
    for name in ("customer_id", "chat_id"):
        op.create_index(op.f(f"ix_delivery_line_{name}"), "delivery_line", [name])


def downgrade() -> None:
    for table in ("delivery_line", "delivery", "pulse"):
        op.drop_table(table)
    with op.batch_alter_table("staff") as table:
        for name in (
            *(name for name, _size, _default in TEXTS),
            "digest_at",
            "remind_due",
            "links_since",
        ):
            table.drop_column(name)
