"""customers"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rhythm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("unit_days", sa.Double(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rhythm")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column(
            "name_key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("remark", sa.String(length=1000), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column(
            "owner_key",
            sa.Integer(),
            sa.Computed("coalesce(owner_id, 0)", persisted=True),
            nullable=False,
        ),
        sa.Column("unnamed", sa.Boolean(), nullable=False),
        sa.Column("do_not_disturb", sa.Boolean(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("first_visit_on", sa.Date(), nullable=False),
        sa.Column("last_visit_on", sa.Date(), nullable=False),
        sa.Column("usual_gap", sa.Integer(), nullable=False),
        sa.Column("inbound_days", sa.Integer(), nullable=False),
        sa.Column("first_inbound_on", sa.Date(), nullable=False),
        sa.Column("last_inbound_on", sa.Date(), nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_outbound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quiet_on", sa.Date(), nullable=False),
        sa.Column("dormant_on", sa.Date(), nullable=False),
        sa.Column("lost_on", sa.Date(), nullable=False),
        sa.Column("warm_until", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_customer_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.create_index(
            "ix_customer_last_activity_at", ["last_activity_at", "id"], unique=False
        )
        batch_op.create_index("ix_customer_last_visit_on", ["last_visit_on", "id"], unique=False)
        batch_op.create_index("ix_customer_name_key", ["name_key", "id"], unique=False)
        batch_op.create_index("ix_customer_next_due_at", ["next_due_at", "id"], unique=False)
        batch_op.create_index("ix_customer_owner", ["owner_key", "id"], unique=False)
        batch_op.create_index(
            "ix_customer_owner_last_activity_at",
            ["owner_key", "last_activity_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_customer_owner_last_visit_on", ["owner_key", "last_visit_on", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_name_key", ["owner_key", "name_key", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_next_due_at", ["owner_key", "next_due_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_quiet_on", ["owner_key", "quiet_on", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_spent_cents", ["owner_key", "spent_cents", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_unnamed", ["owner_key", "unnamed", "id"], unique=False
        )
        batch_op.create_index(
            "ix_customer_owner_waiting_since", ["owner_key", "waiting_since", "id"], unique=False
        )
        batch_op.create_index("ix_customer_quiet_on", ["quiet_on", "id"], unique=False)
        batch_op.create_index("ix_customer_spent_cents", ["spent_cents", "id"], unique=False)
        batch_op.create_index("ix_customer_unnamed", ["unnamed", "id"], unique=False)
        batch_op.create_index("ix_customer_waiting_since", ["waiting_since", "id"], unique=False)
        batch_op.create_index("ix_customer_warm", ["warm_until", "id"], unique=False)

    op.create_table(
        "helper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_helper_customer_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_helper_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper")),
        sa.UniqueConstraint("customer_id", "staff_id", name=op.f("uq_helper_customer_id_staff_id")),
    )
    with op.batch_alter_table("helper", schema=None) as batch_op:
        batch_op.create_index("ix_helper_staff", ["staff_id", "customer_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint(
            "kind", "account", "value", name=op.f("uq_identity_kind_account_value")
        ),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index("ix_identity_customer", ["customer_id", "kind"], unique=False)

    op.create_table(
        "moment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("effect", sa.String(length=8), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("voided", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_moment_by_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_moment_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moment")),
    )
    with op.batch_alter_table("moment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_moment_effect", ["customer_id", "effect", "on", "cents", "voided"], unique=False
        )
        batch_op.create_index("ix_moment_story", ["customer_id", "at", "id"], unique=False)
        batch_op.create_index("ix_moment_subject", ["subject"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_note_by_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_note_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_words_customer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_words")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_words_customer_id")),
    )

    _index_words()


def _index_words() -> None:
    """The text index holds exactly the tokens of `words`: SQLite by triggers, PostgreSQL by a
    generated column."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE words ADD COLUMN vector tsvector GENERATED ALWAYS AS"
            " (array_to_tsvector(string_to_array(tokens, ' '))) STORED"
        )
        op.execute("CREATE INDEX ix_words_vector ON words USING gin (vector)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE words_index USING fts5(tokens, content='', detail=none,"
        " prefix='2 3 4', tokenize='unicode61 remove_diacritics 0')"
    )
    for name, when, statements in TRIGGERS:
        op.execute(f"CREATE TRIGGER {name} AFTER {when} ON words BEGIN {statements} END")


ADD = "INSERT INTO words_index (rowid, tokens) VALUES (new.customer_id, new.tokens);"
DROP = (
    "INSERT INTO words_index (words_index, rowid, tokens)"
    " VALUES ('delete', old.customer_id, old.tokens);"
)
TRIGGERS = [
    ("words_added", "INSERT", ADD),
    ("words_changed", "UPDATE", DROP + " " + ADD),
    ("words_dropped", "DELETE", DROP),
]


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE words_index")
    op.drop_table("words")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_customer_id"))

    op.drop_table("note")
    with op.batch_alter_table("moment", schema=None) as batch_op:
        batch_op.drop_index("ix_moment_subject")
        batch_op.drop_index("ix_moment_story")
        batch_op.drop_index("ix_moment_effect")

    op.drop_table("moment")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_customer")

    op.drop_table("identity")
    with op.batch_alter_table("helper", schema=None) as batch_op:
        batch_op.drop_index("ix_helper_staff")

    op.drop_table("helper")
    with op.batch_alter_table("customer", schema=None) as batch_op:
        batch_op.drop_index("ix_customer_warm")
        batch_op.drop_index("ix_customer_waiting_since")
        batch_op.drop_index("ix_customer_unnamed")
        batch_op.drop_index("ix_customer_spent_cents")
        batch_op.drop_index("ix_customer_quiet_on")
        batch_op.drop_index("ix_customer_owner_waiting_since")
        batch_op.drop_index("ix_customer_owner_unnamed")
        batch_op.drop_index("ix_customer_owner_spent_cents")
        batch_op.drop_index("ix_customer_owner_quiet_on")
        batch_op.drop_index("ix_customer_owner_next_due_at")
        batch_op.drop_index("ix_customer_owner_name_key")
        batch_op.drop_index("ix_customer_owner_last_visit_on")
        batch_op.drop_index("ix_customer_owner_last_activity_at")
        batch_op.drop_index("ix_customer_owner")
        batch_op.drop_index("ix_customer_next_due_at")
        batch_op.drop_index("ix_customer_name_key")
        batch_op.drop_index("ix_customer_last_visit_on")
        batch_op.drop_index("ix_customer_last_activity_at")

    op.drop_table("customer")
    op.drop_table("rhythm")
