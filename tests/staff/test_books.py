"""The books hang together: what was changed, cut out or cut off is named."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import together
from app.core.clock import now
from app.core.db import db
from app.staff import access, audit, chain, proving, pruning, seals
from app.staff.models import AccessLine, AuditLine, Book
from tests import make
from tests.crowd import at_once


@pytest.fixture(autouse=True)
def _no_seal(app):
    seals.path().unlink(missing_ok=True)
    yield
    seals.path().unlink(missing_ok=True)


@pytest.fixture
def five(chief):
    """A book of five lines more."""
    for n in range(5):
        audit.log(chief, "shop.tested", f"test:{n}", address="10.0.0.9", n=n)
        db.session.commit()
    return db.session.scalars(db.select(AuditLine.id).order_by(AuditLine.id)).all()


def run(sql, **values):
    db.session.execute(text(sql), values)
    db.session.commit()


def proved(name="audit"):
    found = proving.prove(name)
    return found.fault, found.line


def verify(app):
    return app.test_cli_runner().invoke(args=["audit", "verify"])


def test_a_line_is_there_when_its_transaction_commits(chief):
    audit.log(chief, "shop.tested")
    db.session.rollback()
    audit.log(chief, "shop.meant")
    db.session.commit()
    told = db.session.scalars(db.select(AuditLine.what)).all()
    assert "shop.meant" in told
    assert "shop.tested" not in told


def test_a_savepoint_that_is_given_up_keeps_the_lines_around_it(chief):
    audit.log(chief, "shop.before")
    with db.session.begin_nested():
        db.session.execute(db.select(Book)).all()
    audit.log(chief, "shop.after")
    db.session.commit()
    told = db.session.scalars(db.select(AuditLine.what).order_by(AuditLine.id)).all()
    assert told[-2:] == ["shop.before", "shop.after"]


def test_a_whole_book_is_whole(app, five):
    assert proved() == ("", 0)
    answer = verify(app)
    assert (answer.exit_code, f"{len(five)} 行，完整" in answer.output) == (0, True)


@pytest.mark.parametrize(
    "change", ["by_id = 77", "what = 'x'", "about = 'customer:1'", "details = '{}'", "hash = 'x'",
               "address = ''", "at = '2020-01-01 00:00:00.000000'"],
)  # fmt: skip
def test_a_changed_line_is_named(app, five, change):
    run(f"UPDATE audit_line SET {change} WHERE id = :id", id=five[2])  # noqa: S608 - our words
    assert proved() == (proving.CHANGED, five[2])
    answer = verify(app)
    assert answer.exit_code == 1
    assert f"第 {five[2]} 行" in answer.output


def test_a_line_cut_out_is_named(five):
    run("DELETE FROM audit_line WHERE id = :id", id=five[2])
    assert proved() == (proving.GONE, five[2])


def test_lines_cut_off_the_end_are_named(five):
    run("DELETE FROM audit_line WHERE id >= :id", id=five[-2])
    assert proved() == (proving.CUT, five[-2])


def test_an_end_that_was_cut_with_its_record_contradicts_the_seal(five):
    seals.put()
    before = db.session.get_one(AuditLine, five[-3])
    run("DELETE FROM audit_line WHERE id > :id", id=before.id)
    run("UPDATE book SET last_id = :id, last_hash = :hash", id=before.id, hash=before.hash)
    assert proved() == (proving.CUT, five[-2])
    assert seals.put() == ["audit"]
    assert proved() == (proving.CUT, five[-2])


def test_a_chain_written_anew_contradicts_the_seal(app, five):
    seals.put()
    run("UPDATE audit_line SET what = 'nothing' WHERE id = :id", id=five[1])
    before = ""
    for row in db.session.execute(db.select(AuditLine.__table__).order_by(AuditLine.id)).all():
        before = chain.link(before, chain.digest(row.id, row._mapping))
        run("UPDATE audit_line SET hash = :hash WHERE id = :id", hash=before, id=row.id)
    run("UPDATE book SET last_hash = :hash WHERE name = 'audit'", hash=before)
    assert proved() == (proving.REWRITTEN, five[-1])
    assert app.test_cli_runner().invoke(args=["audit", "seal"]).exit_code == 1


def test_a_book_that_is_gone_altogether_is_missed(five):
    seals.put()
    run("DELETE FROM audit_line")
    run("DELETE FROM book")
    assert proved() == (proving.NO_BOOK, five[-1])


def test_a_seal_of_another_key_is_told_and_renewed_by_hand(app, five):
    seals.put()
    seals.path().write_text(seals.path().read_text().replace(str(five[-1]), "1", 1))
    assert "SECRET_KEY" in verify(app).output
    assert verify(app).exit_code == 1
    proving.renew_seals.run()
    assert verify(app).exit_code == 1
    assert app.test_cli_runner().invoke(args=["audit", "seal"]).exit_code == 0
    assert verify(app).exit_code == 0


def test_without_a_seal_the_book_holds_and_the_gap_is_told(app, five):
    answer = verify(app)
    assert answer.exit_code == 0
    assert "还没有封存过" in answer.output


def test_lines_leave_after_their_time_and_the_chain_goes_on(app, five, chief):
    seals.put()
    old = now() - timedelta(days=191)
    table = AuditLine.__table__
    _age(five[:3], old)
    seals.path().unlink()
    pruning.prune.run()
    assert db.session.scalars(db.select(AuditLine.id).order_by(AuditLine.id)).all()[0] == five[3]
    assert proved() == ("", 0)
    seals.put()
    assert proved() == ("", 0)
    told = db.session.execute(db.select(table).where(table.c.what == "book.pruned")).one()
    assert told.details == {"lines": 3, "days": 190}
    pruning.prune.run()
    assert proved() == ("", 0)


def _age(ids, old):
    """As if these lines had been written that long ago, in a chain that holds."""
    for line_id in ids:
        run("UPDATE audit_line SET at = :at WHERE id = :id", id=line_id,
            at=old if db.engine.dialect.name == "postgresql" else str(old)[:26])  # fmt: skip
    before = ""
    for row in db.session.execute(db.select(AuditLine.__table__).order_by(AuditLine.id)).all():
        before = chain.link(before, chain.digest(row.id, row._mapping))
        run("UPDATE audit_line SET hash = :hash WHERE id = :id", hash=before, id=row.id)
    run("UPDATE book SET last_hash = :hash WHERE name = 'audit'", hash=before)


def test_a_beginning_cut_off_by_hand_is_no_pruning(five):
    line = db.session.get_one(AuditLine, five[1])
    run("DELETE FROM audit_line WHERE id <= :id", id=line.id)
    run("UPDATE book SET from_id = :id, from_hash = :hash", id=line.id, hash=line.hash)
    assert proved() == (proving.BEHEADED, five[2])


def test_struck_lines_say_nothing_and_the_chain_holds(app, five):
    assert chain.strike(AuditLine, AuditLine.about == "test:1") == 1
    db.session.commit()
    assert proved() == ("", 0)
    assert "1 行随演示数据清空" in verify(app).output
    run("UPDATE audit_line SET what = 'struck', about = '' WHERE id = :id", id=five[3])
    assert proved()[0] == proving.CHANGED


def test_writers_at_once_make_one_chain(app, chief):
    """Lines of many threads, some alone and some together with others' writes."""

    def one(n):
        if n % 2:
            access.seen(chief, access.CARD, f"customer:{n}", address="10.0.0.9")
        audit.log(chief, "shop.tested", f"test:{n}")
        db.session.commit()

    before = db.session.scalar(db.select(db.func.count(AuditLine.id)))
    db.session.commit()
    at_once(app, *[lambda n=n: one(n) for n in range(24)])
    assert proved("audit") == ("", 0)
    assert proved("access") == ("", 0)
    assert db.session.scalar(db.select(db.func.count(AuditLine.id))) == before + 24
    assert db.session.scalar(db.select(db.func.count(AccessLine.id))) == 12


def test_whoever_looks_at_a_card_stands_in_the_book(browser, amy, lin):
    browser.as_(amy).get(f"/customers/{lin.id}")
    line = db.session.scalars(db.select(AccessLine)).one()
    assert (line.by_id, line.what, line.about) == (amy.id, access.CARD, f"customer:{lin.id}")
    assert line.address == "127.0.0.1"


def test_who_may_not_see_a_card_leaves_no_line(browser, ben, lin):
    assert browser.as_(ben).get(f"/customers/{lin.id}").status_code == 404
    assert db.session.scalars(db.select(AccessLine)).all() == []


def test_every_number_shown_stands_in_both_books(browser, amy, lin):
    browser.as_(amy).post(f"/customers/{lin.id}/phone")
    assert db.session.scalars(db.select(AccessLine.what)).one() == access.PHONE
    assert "phone.revealed" in db.session.scalars(db.select(AuditLine.what)).all()


def test_a_card_is_shown_also_where_nothing_can_be_written(browser, amy, lin, monkeypatch, caplog):
    def full(_write, _thing):
        raise TimeoutError

    monkeypatch.setattr(together, "commit", full)
    assert browser.as_(amy).get(f"/customers/{lin.id}").status_code == 200
    told = next(r for r in caplog.records if "access not in the book" in r.message)
    assert (told.by, told.about) == (amy.id, f"customer:{lin.id}")


def test_the_night_keeps_what_it_found(five):
    proving.nightly.run()
    book = db.session.scalars(db.select(Book).where(Book.name == "audit")).one()
    assert (book.fault, book.proved_at > now() - timedelta(minutes=1)) == ("", True)
    run("UPDATE audit_line SET what = 'x' WHERE id = :id", id=five[0])
    proving.nightly.run()
    db.session.refresh(book)
    assert (book.fault, book.fault_line) == (proving.CHANGED, five[0])


def test_nobody_is_named_in_a_line(browser, amy):
    person = make.customer("林小满", owner=amy, phone="13800130001")
    browser.as_(amy).get(f"/customers/{person.id}")
    for model in chain.BOOKS.values():
        rows = repr(db.session.execute(db.select(model.__table__)).all())
        assert "林小满" not in rows
        assert "13800130001" not in rows
