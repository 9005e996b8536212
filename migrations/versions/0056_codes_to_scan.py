"""the QR by which a colleague's WeChat is bound: what it shows, and the hash of what it carries"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"


def upgrade() -> None:
    for name, long in (("scene_hash", 64), ("scan", 8), ("scan_url", 300)):
        op.add_column(
            "colleague_code", sa.Column(name, sa.String(long), nullable=False, server_default="")
        )


def downgrade() -> None:
    for name in ("scan_url", "scan", "scene_hash"):
        op.drop_column("colleague_code", name)
