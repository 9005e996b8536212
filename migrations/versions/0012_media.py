"""files of messages: pictures, voices and films, and what a voice says"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # A constant default: neither database writes five million rows anew.
    op.add_column(
        "message", sa.Column("attached", sa.String(16), nullable=False, server_default="")
    )
    op.add_column("message", sa.Column("gist", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("file", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(400), nullable=False),
        sa.Column("receipt_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_media_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("message_id", name=op.f("uq_media_message_id")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_file"), ["file"], unique=False)


def downgrade() -> None:
    op.drop_table("media")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_column("gist")
        batch_op.drop_column("attached")
