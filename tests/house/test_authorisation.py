"""Every address × five actors × own and foreign rows, as the table in authorisation.py has it."""

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter

from app.core.db import db
from app.customers.models import Customer
from app.staff import signing_in
from tests.house.authorisation import World, table
from tests.house.walking import all_rows
from tests.outside import Browser

ACTORS = ("nobody", "gone", "agent", "manager", "owner")
NOT_COUNTED = {"staff_session", "access_line", "book", "throttle"}
CHILDREN = (
    "message_id",
    "identity_id",
    "media_id",
    "care_date_id",
    "claim_id",
)  # rows that stand in an address below their parent


@pytest.fixture
def reset(house, app):
    """A fresh small shop, and a browser of each actor."""

    def begin():
        db.session.rollback()
        db.session.remove()
        house[1].reset(app)
        return World()

    return begin


def addresses(app):
    """(endpoint, method, rule) of every address of a view."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        if rule.endpoint != "static":
            yield rule.endpoint, "GET" if "GET" in rule.methods else "POST", rule


def test_every_address_has_a_line_in_the_table(app):
    known, there = table(), {endpoint for endpoint, _method, _rule in addresses(app)}
    missing = "\n".join(f"{name:<34} AMO  own" for name in sorted(there - set(known)))
    assert not missing, f"say who may come in, in tests/house/authorisation.py:\n{missing}"
    assert set(known) <= there, f"gone, take the lines out: {sorted(set(known) - there)}"


def test_every_id_of_an_address_is_known(app, reset):
    world = reset()
    known = set(world.own) | set(world.rows)
    asked = {name for *_what, rule in addresses(app) for name in ids_of(rule)}
    assert asked <= known, f"say how to find one, in World of authorisation.py: {asked - known}"


def ids_of(rule):
    return [n for n, c in rule._converters.items() if isinstance(c, IntegerConverter)]


def address(rule, ids):
    values = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, IntegerConverter):
            values[name] = ids[name]
        elif isinstance(converter, AnyConverter):
            values[name] = sorted(converter.items)[0]
        else:
            values[name] = "x"
    return rule.build(values, append_unknown=False)[1]


def browser_of(app, world, actor):
    if actor == "nobody":
        return Browser(app)
    browser = browser_in(app, world.people[actor])
    if actor == "gone":
        world.people["gone"].is_active = False
        db.session.commit()
    return browser


def browser_in(app, person):
    return Browser(app, person)


def ask(browser, method, path):
    return (browser.get if method == "GET" else browser.post)(path).status_code


def cases(app, kinds=("own", "foreign")):
    """(label, method, rule, entry, which rows) of every address that is not open to all."""
    known = table()
    for endpoint, method, rule in addresses(app):
        entry = known.get(endpoint)
        if entry is None or entry.who in ("public", "platform"):
            continue  # what has no line fails the first test
        for which in kinds if entry.reach == "own" else kinds[:1]:
            yield f"{method} {rule.rule} ({which})", method, rule, entry, which


def rows_for(world, entry, which):
    return world.rows | (world.foreign if which == "foreign" else world.own)


def is_refused(entry, actor, which):
    """The status that a refused actor gets, or None for who comes in."""
    if actor in ("nobody", "gone") or entry.who == "member":
        return {"GET": 302, "POST": 401}
    if not entry.admits(actor):
        return {"GET": 403, "POST": 403}
    if (entry.reach == "own" and which == "foreign" and actor == "agent") or entry.reach == "mine":
        return {"GET": 404, "POST": 404}
    return None


@pytest.mark.parametrize("actor", ACTORS)
def test_who_may_not_is_refused_and_changes_nothing(app, reset, actor):
    world, wrong = reset(), []
    browser = browser_of(app, world, actor)
    before = all_rows(without=NOT_COUNTED)
    for label, method, rule, entry, which in cases(app):
        expected = is_refused(entry, actor, which)
        if expected:
            path = address(rule, rows_for(world, entry, which))
            found = ask(browser, method, path)
            if found != expected[method]:
                wrong.append(f"{actor}: {label} answers {found}, not {expected[method]}")
            if expected[method] in (302, 401) and ask(browser.htmx, method, path) != 401:
                wrong.append(f"{actor}: {label} lets htmx in")
    after = all_rows(without=NOT_COUNTED)
    changed = {name for name in before if before[name] != after[name]}
    assert wrong == []
    assert changed == set(), "somebody who was refused has changed something"


@pytest.mark.parametrize("actor", ["agent", "manager", "owner"])
@pytest.mark.once
def test_who_may_comes_in(app, reset, actor):
    world, wrong = reset(), []
    browser = browser_of(app, world, actor)
    ordered = sorted(cases(app), key=lambda case: case[1])  # looking first: it changes nothing
    for label, method, rule, entry, which in ordered:
        if is_refused(entry, actor, which):
            continue
        found = ask(browser, method, address(rule, rows_for(world, entry, which)))
        refused = (302, 401, 403) if entry.may_miss else (302, 401, 403, 404)
        if found in refused:  # an earlier step may have taken the row, or the session
            world = reset()
            browser = browser_of(app, world, actor)
            found = ask(browser, method, address(rule, rows_for(world, entry, which)))
        if found in refused[1:] or found >= 500:
            wrong.append(f"{actor}: {label} answers {found}")
    assert wrong == []


@pytest.mark.parametrize("actor", ["agent", "owner"])
def test_a_child_of_another_parent_is_not_found(app, reset, actor):
    world = reset()
    browser = browser_of(app, world, actor)
    for label, method, rule, entry, _which in cases(app, ("own",)):
        swapped = [name for name in ids_of(rule) if name in CHILDREN]
        if swapped and entry.admits(actor):
            ids = rows_for(world, entry, "own") | {name: world.foreign[name] for name in swapped}
            assert ask(browser, method, address(rule, ids)) == 404, label


def test_a_session_that_was_ended_is_nobodys(app, reset):
    world = reset()
    browser = browser_of(app, world, "owner")
    signing_in.sign_out(browser.client.get_cookie(signing_in.COOKIE).value)
    db.session.commit()
    for label, method, rule, entry, which in cases(app, ("own",)):
        path = address(rule, rows_for(world, entry, which))
        assert ask(browser, method, path) in (302, 401), label


def test_a_member_finds_their_own_things_alone(app, reset):
    """Every address of the members' pages that names a row: another member gets 404."""
    world, wrong = reset(), []
    stranger = db.session.get_one(Customer, world.foreign["customer_id"])
    browser, known = Browser(app).as_member(stranger), table()
    before = all_rows(without=NOT_COUNTED)
    for endpoint, method, rule in addresses(app):
        if endpoint in known and known[endpoint].who == "member" and ids_of(rule):
            path = address(rule, world.rows | world.own)
            if ask(browser, method, path) != 404:
                wrong.append(f"{method} {path}")
    assert wrong == []
    assert all_rows(without=NOT_COUNTED) == before
