"""An import counts the refunds that it brings"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    op.add_column(
        "import_run", sa.Column("refunds", sa.Integer(), nullable=False, server_default="0")
    )
    with op.batch_alter_table("import_run") as table:
        table.alter_column("refunds", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("import_run") as table:
        table.drop_column("refunds")
