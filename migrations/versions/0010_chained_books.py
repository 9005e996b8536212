"""the books of what was done and who looked are chained"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _access_line()
    _book()
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("hash", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.drop_constraint("fk_audit_line_by_id", type_="foreignkey")
        batch_op.drop_index("ix_audit_line_at")
        batch_op.drop_index("ix_audit_line_about")
        batch_op.create_index("ix_audit_line_about", ["about", "id"], unique=False)
        batch_op.create_index("ix_audit_line_by_id", ["by_id", "id"], unique=False)
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.alter_column("hash", server_default=None)
    # The chain begins behind the lines that are there already.
    op.execute(
        "INSERT INTO book (name, last_id, last_hash, from_id, from_hash, from_mac, proved_at, fault,"
        " fault_line, created_at) SELECT 'audit', max(id), '', max(id), '', '',"
        " '1970-01-01 00:00:00.000000', '', 0, max(at) FROM audit_line HAVING max(id) IS NOT NULL"
    )


def _access_line() -> None:
    op.create_table(
        "access_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_line")),
    )
    with op.batch_alter_table("access_line", schema=None) as batch_op:
        batch_op.create_index("ix_access_line_about", ["about", "id"], unique=False)
        batch_op.create_index("ix_access_line_by_id", ["by_id", "id"], unique=False)


def _book() -> None:
    op.create_table(
        "book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("from_hash", sa.String(length=64), nullable=False),
        sa.Column("from_mac", sa.String(length=64), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fault", sa.String(length=200), nullable=False),
        sa.Column("fault_line", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book")),
        sa.UniqueConstraint("name", name=op.f("uq_book_name")),
    )


def downgrade() -> None:
    with op.batch_alter_table("audit_line", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_line_by_id")
        batch_op.drop_index("ix_audit_line_about")
        batch_op.create_index("ix_audit_line_about", ["about"], unique=False)
        batch_op.create_index("ix_audit_line_at", ["at", "id"], unique=False)
        batch_op.drop_column("hash")
        batch_op.create_foreign_key("fk_audit_line_by_id", "staff", ["by_id"], ["id"])
    op.drop_table("book")
    op.drop_table("access_line")
