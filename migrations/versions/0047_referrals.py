"""marks of customers for their friends, who came by one, and who was brought by whom"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invite_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_invite_mark_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_mark")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_invite_mark_customer_id")),
        sa.UniqueConstraint("mark", name=op.f("uq_invite_mark_mark")),
    )
    op.create_table(
        "invite_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("inviter_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["customer.id"], name=op.f("fk_invite_visit_inviter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_visit")),
        sa.UniqueConstraint("account", "openid", name=op.f("uq_invite_visit_account_openid")),
    )
    op.create_index(op.f("ix_invite_visit_inviter_id"), "invite_visit", ["inviter_id"])
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inviter_id", sa.Integer(), nullable=False),
        sa.Column("guest_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["inviter_id"], ["customer.id"], name=op.f("fk_referral_inviter_id")
        ),
        sa.ForeignKeyConstraint(["guest_id"], ["customer.id"], name=op.f("fk_referral_guest_id")),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_referral_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("guest_id", name=op.f("uq_referral_guest_id")),
    )
    op.create_index(op.f("ix_referral_inviter_id"), "referral", ["inviter_id"])


def downgrade() -> None:
    for table in ("referral", "invite_visit", "invite_mark"):
        op.drop_table(table)
