"""the nonces of arrivals in the order of their time: at random places each cost a page of the log"""

from alembic import op

revision = "0027"
down_revision = "0026"

OLD, NEW = "uq_arrival_account_nonce_stamp", "uq_arrival_account_stamp_nonce"


def upgrade() -> None:
    with op.batch_alter_table("arrival") as table:
        table.drop_constraint(OLD, type_="unique")
        table.create_unique_constraint(NEW, ["account", "stamp", "nonce"])


def downgrade() -> None:
    with op.batch_alter_table("arrival") as table:
        table.drop_constraint(NEW, type_="unique")
        table.create_unique_constraint(OLD, ["account", "nonce", "stamp"])
