"""Addresses of every view, filled with ids: how a test walks through the whole house."""

from werkzeug.routing import AnyConverter, IntegerConverter, PathConverter

from app.core.db import db
from app.core.doors import mark_of

# Which row an id in an address means, where its name does not say it: `customer_id` is `customer`.
ROWS = {
    "chat": "conversation",
    "order": "purchase",
    "run": "import_run",
    "followup": "follow_up",
    "batch": "coupon_batch",
}
OPEN_TO_ALL = ("public", "platform")


def rules(app, method):
    """(rule, kind of its door) of every address that answers a method."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if method in rule.methods and rule.endpoint != "static":
            mark = mark_of(rule.endpoint)
            yield rule, mark[0] if mark else None


def address(rule, ids=None):
    """A concrete address: ids of existing rows where there are some, 1 and «x» elsewhere."""
    values = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = (ids or {}).get(name.removesuffix("_id"), 1)
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        else:
            values[name] = "x/y" if isinstance(converter, PathConverter) else "x"
    return rule.build(values, append_unknown=False)[1]


def first_ids():
    """The first id of every table, under the table's name and the name that addresses use."""
    ids = {}
    for table in db.metadata.sorted_tables:
        if "id" in table.c:
            found = db.session.scalar(db.select(db.func.min(table.c.id)))
            if found is not None:
                ids[table.name] = found
    return ids | {name: ids[row] for name, row in ROWS.items() if row in ids}


def all_rows(without=()):
    """Every row of every table, to be compared with a later look."""
    found = {}
    for table in db.metadata.sorted_tables:
        if table.name not in without:
            rows = db.session.execute(db.select(table)).all()
            found[table.name] = sorted(repr(tuple(row)) for row in rows)
    db.session.commit()
    return found
