"""members: their browsers, cards, consents, codes, claims and answers"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.create_table(
        "spent_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_mark")),
        sa.UniqueConstraint("mark", name=op.f("uq_spent_mark_mark")),
    )
    op.create_index(op.f("ix_spent_mark_until"), "spent_mark", ["until"])

    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consent_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index("ix_consent_customer", "consent", ["customer_id", "purpose", "id"])

    op.create_table(
        "counter_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_counter_code_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_counter_code_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_code")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_counter_code_customer_id")),
    )
    op.create_table(
        "member_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_member_answer_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_answer")),
        sa.UniqueConstraint(
            "customer_id", "question", name=op.f("uq_member_answer_customer_id_question")
        ),
    )
    op.create_table(
        "member_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_member_card_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_card")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_member_card_customer_id")),
        sa.UniqueConstraint("number", name=op.f("uq_member_card_number")),
    )
    op.create_table(
        "member_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_member_session_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_member_session_token_hash")),
    )
    op.create_index(op.f("ix_member_session_customer_id"), "member_session", ["customer_id"])
    op.create_index(op.f("ix_member_session_until"), "member_session", ["until"])
    op.create_index("ix_member_session_openid", "member_session", ["account", "openid"])

    op.create_table(
        "phone_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_phone_claim_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_phone_claim_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_claim")),
        sa.UniqueConstraint("customer_id", "phone", name=op.f("uq_phone_claim_customer_id_phone")),
    )


def downgrade() -> None:
    op.drop_table("phone_claim")
    op.drop_index("ix_member_session_openid", "member_session")
    op.drop_index(op.f("ix_member_session_until"), "member_session")
    op.drop_index(op.f("ix_member_session_customer_id"), "member_session")

    op.drop_table("member_session")
    op.drop_table("member_card")
    op.drop_table("member_answer")
    op.drop_table("counter_code")
    op.drop_index("ix_consent_customer", "consent")

    op.drop_table("consent")
    op.drop_index(op.f("ix_spent_mark_until"), "spent_mark")

    op.drop_table("spent_mark")
