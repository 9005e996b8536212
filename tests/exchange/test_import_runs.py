"""A file becomes customers and purchases, once."""

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.core.jobs import Job, LostLease
from app.customers import finding, tags
from app.customers.models import Customer, Identity, Words
from app.exchange import importing, matching, working
from app.exchange.models import DONE, RUNNING, ImportRun, ImportSeen
from app.sales.models import Order
from tests import make
from tests.exchange.sheets import (
    begun,
    counts,
    csv_bytes,
    imported,
    reasons,
    tried,
    xlsx_bytes,
)

PEOPLE = [
    ["姓名", "手机", "备注"],
    ["王芳", "13800130001", "爱喝龙井"],
    ["李强", "138 0013 0002", ""],
    ["张敏", "", "常来"],
]
BOUGHT = [
    ["日期", "手机", "姓名", "金额", "商品"],
    ["2026-05-01", "13800130001", "王芳", "128", "龙井"],
    ["2026-06-01", "13800130001", "", "¥1,280.50", "茶具"],
    ["2026-06-02", "", "张敏", "66", ""],
    ["2026-06-02", "", "张敏", "66", ""],
]


def total(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def only(name):
    return db.session.scalars(db.select(Customer).where(Customer.name == name)).one()


def test_customers_and_purchases_come_from_two_sheets_in_any_order(app):
    run = imported(xlsx_bytes({"消费": BOUGHT, "客户": PEOPLE}), "shop.xlsx")
    assert counts(run) == {"rows": 7, "created": 3, "orders": 4}
    fang = only("王芳")
    assert (fang.purchases, fang.spent_cents, fang.visits) == (2, 140_850, 2)
    assert (fang.source, fang.remark) == ("import", "爱喝龙井")


def test_two_equal_purchases_of_one_day_are_two(app):
    imported(xlsx_bytes({"客户": PEOPLE, "消费": BOUGHT}), "shop.xlsx")
    assert only("张敏").purchases == 2
    assert only("张敏").visits == 1
    assert total(ImportSeen) == 0


def test_the_same_file_twice_creates_nobody_and_nothing_twice(app):
    file = xlsx_bytes({"客户": PEOPLE, "消费": BOUGHT})
    imported(file, "shop.xlsx")
    again = imported(file, "shop.xlsx")
    assert counts(again) == {"rows": 7, "unchanged": 7, "known": 4}
    assert (total(Customer), total(Order), total(Identity)) == (3, 4, 2)


def test_the_same_purchases_in_a_second_file_add_nothing(app):
    imported(
        csv_bytes([["手机", "姓名", "日期", "金额"], ["13800130001", "王芳", "2026-05-01", "1"]])
    )
    imported(csv_bytes([["Amount", "Date", "Phone"], ["1.00", "2026/5/1", "+8613800130001"]]))
    assert (total(Customer), total(Order)) == (1, 1)


def test_an_order_number_tells_equal_purchases_apart(app):
    rows = [["手机", "日期", "金额", "单号"]]
    rows += [["13800130001", "2026-05-01", "9", n] for n in ("A1", "A2", "A1")]
    run = imported(csv_bytes(rows))
    assert counts(run)["orders"] == 2
    assert counts(run)["known"] == 1


def test_the_same_phone_with_another_name_is_refused(app, lin):
    run = imported(csv_bytes([["姓名", "手机"], ["周杰", "13800130001"]]))
    assert counts(run) == {"rows": 1, "refused": 1}
    assert "同号不同名" in reasons(run)[0][1]
    assert "林小满" in reasons(run)[0][1]


def test_an_existing_card_is_filled_and_never_overwritten(app, amy):
    known = make.customer("王芳", phone="13800130001", remark="自己写的")
    rows = [["姓名", "手机", "联系电话", "备注", "负责人", "勿扰"]]
    rows += [["王 芳", "13800130001", "13800130099", "表里写的", "小艾", "是"]]
    run = imported(csv_bytes(rows))
    assert counts(run) == {"rows": 1, "updated": 1}
    db.session.refresh(known)
    assert (known.remark, known.contact_phone) == ("自己写的", "+8613800130099")
    assert (known.owner_id, known.do_not_disturb) == (amy.id, True)


def test_an_owner_is_not_taken_away(app, lin, amy, ben):
    imported(csv_bytes([["姓名", "手机", "负责人"], ["林小满", "13800130001", "小本"]]))
    db.session.refresh(lin)
    assert lin.owner_id == amy.id


def test_an_unknown_colleague_is_refused_with_what_to_do(app):
    run = imported(csv_bytes([["姓名", "负责人"], ["王芳", "小红"]]))
    assert "没有叫“小红”的同事" in reasons(run)[0][1]
    assert total(Customer) == 0


def test_a_name_without_a_number_is_one_person_in_the_file_and_in_the_next(app):
    rows = [["姓名", "备注"], ["张敏", ""], ["张敏", "常来"]]
    imported(csv_bytes(rows))
    imported(csv_bytes(rows))
    assert total(Customer) == 1
    assert only("张敏").remark == "常来"


def test_a_name_alone_never_fills_the_card_of_somebody_with_a_number(app):
    make.customer("张敏", phone="13800130009")
    run = imported(csv_bytes([["姓名", "备注"], ["张敏", "常来"]]))
    assert counts(run) == {"rows": 1, "created": 1}
    again = imported(csv_bytes([["姓名", "备注"], ["张敏", "常来"]]))
    assert counts(again) == {"rows": 1, "unchanged": 1}


def test_a_purchase_by_name_is_refused_when_two_bear_it(app):
    make.customer("张敏", phone="13800130008")
    make.customer("张敏", phone="13800130009")
    run = imported(csv_bytes([["姓名", "日期", "金额"], ["张敏", "2026-05-01", "9"]]))
    assert "有 2 位客户都叫“张敏”" in reasons(run)[0][1]


def test_a_purchase_by_name_belongs_to_the_only_one_who_bears_it(app, lin):
    imported(csv_bytes([["姓名", "日期", "金额"], ["林小满", "2026-05-01", "9"]]))
    db.session.refresh(lin)
    assert lin.purchases == 1


def test_an_e_mail_finds_its_customer_and_gains_the_phone(app):
    imported(csv_bytes([["姓名", "邮箱"], ["王芳", "Fang@Example.com"]]))
    run = imported(
        csv_bytes([["姓名", "邮箱", "手机"], ["王芳", "fang@example.com", "13800130001"]])
    )
    assert counts(run) == {"rows": 1, "updated": 1}
    assert matching.find(matching.Line(handles=(("phone", "+8613800130001"),))) == only("王芳")


def test_a_bad_row_does_not_stop_the_good_ones_and_leaves_nothing_behind(app):
    rows = [["姓名", "手机", "日期", "金额"]]
    rows += [["甲", "13800130001", "2026-05-01", "一百"], ["乙", "13800130002", "2026-05-01", "9"]]
    run = imported(csv_bytes(rows))
    assert counts(run) == {"rows": 2, "created": 1, "orders": 1, "refused": 1}
    assert [c.name for c in db.session.scalars(db.select(Customer))] == ["乙"]


def test_a_dry_run_foretells_the_import_and_changes_nothing(app, amy):
    make.customer("李强", phone="13800130002")
    rows = BOUGHT + [["2026-07-01", "13800130002", "李四", "9", ""], ["坏", "", "张敏", "9", ""]]
    file = xlsx_bytes({"客户": PEOPLE, "消费": rows})
    before = (total(Customer), total(Order), total(Identity), total(Job))
    foretold = counts(tried(file, "shop.xlsx"))
    assert (total(Customer), total(Order), total(Identity), total(Job)) == before
    assert foretold == counts(imported(file, "shop.xlsx"))
    assert foretold == {"rows": 9, "created": 2, "unchanged": 1, "orders": 4, "refused": 2}


def test_a_dry_run_of_the_file_again_foretells_nothing_new(app):
    file = xlsx_bytes({"客户": PEOPLE, "消费": BOUGHT})
    imported(file, "shop.xlsx")
    assert counts(tried(file, "shop.xlsx")) == {"rows": 7, "unchanged": 7, "known": 4}


def test_an_interrupted_import_goes_on_behind_the_last_row_that_was_kept(app, monkeypatch):
    rows = [["姓名", "手机", "日期", "金额"]]
    rows += [[f"客{i}", f"1380013{i:04d}", "2026-05-01", "9"] for i in range(120)]
    run = begun(csv_bytes(rows))
    run.state = RUNNING
    db.session.commit()
    really, seen = working.write, []

    def stumbling(line, **more):
        seen.append(line.name)
        if len(seen) == 110:
            raise OSError("the power went")
        return really(line, **more)

    monkeypatch.setattr(working, "write", stumbling)
    with pytest.raises(OSError, match="power"):
        working.guarded(run, working.take_rows)
    kept = db.session.get_one(ImportRun, run.id, populate_existing=True)
    assert kept.state == RUNNING
    assert kept.fault == working.STUMBLED
    assert kept.rows >= 100
    working.take_rows(kept)
    assert counts(kept) == {"rows": 120, "created": 120, "orders": 120}
    assert (kept.state, kept.fault) == (DONE, "")
    assert (total(Customer), total(Order)) == (120, 120)


def test_of_two_who_work_at_one_run_the_second_gives_up(app):
    rows = [["姓名"]] + [[f"客{i}"] for i in range(3)]
    run = begun(csv_bytes(rows))
    run.state = RUNNING
    db.session.commit()
    progress = working.Progress(run)
    working.take_rows(run)
    with pytest.raises(LostLease):
        progress.save(working.Read(0, 0, 2, [], matching.Line(name="客0")))


def test_a_new_customer_is_found_by_all_that_a_later_index_would_write(app, amy):
    rows = [["姓名", "手机", "联系电话", "备注", "负责人"]]
    imported(csv_bytes([*rows, ["王芳", "13800130001", "13800130002", "爱喝龙井", "小艾"]]))
    row = db.session.scalars(db.select(Words)).one()
    before = row.tokens
    finding.index(only("王芳"))
    assert row.tokens == before


def test_history_of_new_people_rings_no_bell_for_each_purchase(app):
    imported(xlsx_bytes({"客户": PEOPLE, "消费": BOUGHT}), "shop.xlsx")
    rung = db.session.scalars(db.select(Job.name).where(Job.name == "quiet.heed")).all()
    assert len(rung) <= 1


def test_what_columns_mean_cannot_change_once_it_is_imported(app):
    run = imported(csv_bytes(PEOPLE))
    with pytest.raises(Refused):
        importing.remap(run, run.sheets)
    with pytest.raises(Refused):
        importing.try_out(run)


def test_after_a_month_nothing_of_people_is_kept(app, at):
    at("2026-08-01 10:00")
    run = imported(csv_bytes([["姓名", "手机"], ["王芳", "1380013"]]))
    left = begun(csv_bytes(PEOPLE))
    path = importing.uploads.where(left.path)
    at("2026-09-05 10:00")
    importing.tidy()
    assert reasons(run) == []
    assert not path.exists()
    assert db.session.get_one(ImportRun, left.id).sheets[0]["sample"] == []


# Tags and sources ---------------------------------------------------------------------------------

TAGGED = [
    ["称呼", "手机", "标签", "来源"],
    ["王芳", "13800130001", "老客、会员", "朋友介绍"],
    ["李强", "13800130002", "老客；老客/团购", ""],
    ["张敏", "13800130003", "无", "-"],
]


def borne(name):
    return [one.name for one in tags.of(only(name))]


def test_tags_and_sources_come_along_and_make_the_lists(app):
    run = imported(csv_bytes(TAGGED))
    assert counts(run) == {"rows": 3, "created": 3}
    assert borne("王芳") == ["老客", "朋友介绍", "会员"]
    assert borne("李强") == ["老客", "团购"]
    assert borne("张敏") == []
    assert [one.name for one in tags.all_of(tags.TAG)] == ["老客", "会员", "团购"]
    assert counts(imported(csv_bytes(TAGGED))) == {"rows": 3, "unchanged": 3}


def test_a_known_card_gets_tags_and_keeps_its_source(app):
    imported(csv_bytes(TAGGED))
    again = [["称呼", "手机", "标签", "来源"], ["王芳", "13800130001", "要发票", "路过"]]
    assert counts(tried(csv_bytes(again))) == {"rows": 1, "updated": 1}
    assert [one.name for one in tags.all_of(tags.TAG)] == ["老客", "会员", "团购"]
    assert counts(imported(csv_bytes(again))) == {"rows": 1, "updated": 1}
    assert borne("王芳") == ["老客", "朋友介绍", "会员", "要发票"]
    assert tags.named(tags.SOURCE, "路过") is None


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("长" * 31, "超过 30 个字"),
        ("、".join(f"标签{n}" for n in range(21)), "最多 20 个标签"),
    ],
)
def test_tags_that_cannot_be_are_refused_with_the_way(app, cell, words):
    rows = [["称呼", "手机", "标签"], ["王芳", "13800130001", cell]]
    for work in (tried, imported):
        run = work(csv_bytes(rows))
        assert counts(run) == {"rows": 1, "refused": 1}
        assert words in reasons(run)[0][1]


def test_a_list_without_room_refuses_the_row_alone(app, monkeypatch):
    monkeypatch.setattr(tags, "MOST", 2)
    for work in (tried, imported):
        run = work(csv_bytes(TAGGED))
        assert counts(run)["refused"] == 1
        assert "最多 2 个" in reasons(run)[0][1]
    assert total(Customer) == 2


def test_what_a_card_bears_and_what_comes_are_counted_together(app, monkeypatch):
    imported(csv_bytes(TAGGED))
    monkeypatch.setattr(tags, "MOST_EACH", 2)
    again = [["称呼", "手机", "标签"], ["王芳", "13800130001", "要发票"]]
    for work in (tried, imported):
        run = work(csv_bytes(again))
        assert "超过 2 个标签" in reasons(run)[0][1]
    assert borne("王芳") == ["老客", "朋友介绍", "会员"]


def test_what_is_owed_comes_along_and_stands_on_the_card(app):
    rows = [["姓名", "日期", "金额", "欠款"], ["王芳", "2026-05-01", "128", "28"]]
    for _twice in range(2):
        imported(csv_bytes(rows), "owed.csv")
    assert only("王芳").owed_cents == 2_800
