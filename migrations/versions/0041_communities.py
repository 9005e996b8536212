"""communities, and who answers for them"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    op.create_table(
        "community",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_community_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
        sa.UniqueConstraint("code", name=op.f("uq_community_code")),
        sa.UniqueConstraint("name", name=op.f("uq_community_name")),
    )
    op.create_index(op.f("ix_community_owner_id"), "community", ["owner_id"])
    op.create_table(
        "community_deputy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["community.id"], name=op.f("fk_community_deputy_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_community_deputy_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_deputy")),
        sa.UniqueConstraint(
            "group_id", "staff_id", name=op.f("uq_community_deputy_group_id_staff_id")
        ),
    )
    op.create_index(op.f("ix_community_deputy_staff_id"), "community_deputy", ["staff_id"])


def downgrade() -> None:
    op.drop_table("community_deputy")
    op.drop_table("community")
