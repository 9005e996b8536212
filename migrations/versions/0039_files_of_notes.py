"""photos and voice memos of notes"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    op.create_table(
        "note_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("mime", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_note_file_note_id_note")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note_file")),
    )
    op.create_index(op.f("ix_note_file_note_id"), "note_file", ["note_id"])
    op.create_index(op.f("ix_note_file_file"), "note_file", ["file"])


def downgrade() -> None:
    op.drop_table("note_file")
