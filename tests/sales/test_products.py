"""Products, and the things of a purchase: typed or picked, added up, changed, kept by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import today
from app.core.db import db
from app.core.errors import Refused
from app.sales import basket, ordering, shelf
from app.sales.basket import Thing, Typed
from app.sales.models import Order, Product
from app.staff.models import AuditLine
from tests import make


@pytest.fixture
def milk(app):
    one = shelf.add("奶粉二段 900g", category="奶粉", cents=27_800, cycle_days=14)
    db.session.commit()
    return one


@pytest.fixture
def wipes(app):
    one = shelf.add("婴儿湿巾", category="洗护", cents=5_900)
    db.session.commit()
    return one


def sold(to, *things, cents=None, by=None, text=""):
    one = ordering.place(to, on=today(), cents=cents, text=text, by=by, things=things)
    db.session.commit()
    return one


def typed_in(page, lin, **fields):
    return page.post("/orders", customer=lin.id, on=today().isoformat(), **fields)


def test_things_make_the_amount_and_the_words_of_a_purchase(amy, lin, milk):
    things = basket.understood([Typed("奶粉二段 900g", 2), Typed("拨浪鼓", None, 1_500)])
    order = sold(lin, *things, by=amy)
    assert (order.cents, order.text) == (57_100, "奶粉二段 900g × 2、拨浪鼓")
    assert [(one.product_id, one.sum_cents) for one in basket.of(order)] == [
        (milk.id, 55_600), (None, 1_500),
    ]  # fmt: skip
    assert lin.spent_cents == 57_100


def test_an_amount_that_was_agreed_stands_before_the_sum(amy, lin, milk):
    order = sold(lin, Thing("奶粉二段 900g", 2, 27_800, milk.id), cents=50_000, text="老客价")
    assert (order.cents, order.text) == (50_000, "老客价")


@pytest.mark.parametrize(
    ("typed", "said"),
    [([], "请填金额"), ([Typed("拨浪鼓")], "拨浪鼓"), ([Typed("x", 0, 1)], "数量"),
     ([Typed("x", -3, 1)], "数量"), ([Typed("x", 10_000, 1)], "数量"),
     ([Typed("x", 1, 10**12)], "单价"), ([Typed(f"x{n}", 1, 1) for n in range(21)], "20")],
)  # fmt: skip
def test_things_that_cannot_be_are_refused_in_words(app, typed, said):
    with pytest.raises(Refused, match=said):
        basket.amount_of(basket.understood(typed))


@given(st.lists(st.tuples(st.integers(1, 9999), st.integers(1, 10**9)), min_size=1, max_size=20))
def test_the_sum_is_that_of_the_lines_to_the_last_fen(pairs):
    things = [Thing("x", quantity, cents) for quantity, cents in pairs]
    assert basket.amount_of(things) == sum(q * c for q, c in pairs)
    assert len(basket.said(things)) <= 200


def test_a_price_that_changes_does_not_change_what_was_bought(amy, lin, milk):
    order = sold(lin, Thing("奶粉二段 900g", 1, 27_800, milk.id), by=amy)
    shelf.change(milk, name="奶粉二段（新）", category="奶粉", cents=30_000, cycle_days=14)
    shelf.remove(milk)
    assert [(one.name, one.cents) for one in basket.of(order)] == [("奶粉二段 900g", 27_800)]


def test_a_correction_changes_the_things_the_words_and_the_history(amy, lin, milk, wipes):
    order = sold(lin, Thing("奶粉二段 900g", 2, 27_800, milk.id), by=amy)
    now = [Thing("奶粉二段 900g", 1, 27_800, milk.id), Thing("婴儿湿巾", 1, 5_900, wipes.id)]
    ordering.edit(order, version=1, on=order.on, cents=None, text=order.text, by=amy, things=now)
    assert (order.cents, order.text) == (33_700, "奶粉二段 900g、婴儿湿巾")
    assert lin.spent_cents == 33_700
    was = ordering.history_of(order)[0].details["was"]
    assert was["things"] == [["奶粉二段 900g", 2, 27_800]]


def test_a_name_stands_on_the_shelf_once_and_comes_back(app, milk):
    with pytest.raises(Refused):
        shelf.add("奶粉二段 900g")
    shelf.remove(milk)
    assert shelf.add("奶粉二段 900g", cents=1).id == milk.id
    other = shelf.add("奶粉三段")
    with pytest.raises(Refused) as no:
        shelf.change(other, name="奶粉二段 900g", category="", cents=1, cycle_days=0)
    assert no.value.field == "name"


def test_what_a_customer_buys_is_offered_the_newest_first(amy, lin, milk, wipes):
    sold(lin, Thing("婴儿湿巾", 1, 5_900, wipes.id))
    sold(lin, Thing("奶粉二段 900g", 1, 27_800, milk.id))
    assert shelf.usual_of(lin) == [milk, wipes]
    shelf.remove(milk)
    db.session.flush()
    assert shelf.usual_of(lin) == [wipes]


# Pages -------------------------------------------------------------------------------------------


def test_one_tap_and_no_amount_is_a_purchase(browser, amy, lin, milk):
    sold(lin, Thing("奶粉二段 900g", 1, 27_800, milk.id))
    page = browser.as_(amy)
    assert "奶粉二段 900g" in page.get("/orders/new", customer=lin.id).text
    assert typed_in(page, lin, picks=milk.id).status_code == 303
    last = ordering.of(lin)[0]
    assert (last.cents, last.text) == (27_800, "奶粉二段 900g")
    assert typed_in(page, lin, picks="99999999999999999999", amount="3").status_code == 303
    assert typed_in(page, lin, picks="x").status_code == 422


def test_lines_are_typed_shown_changed_and_kept_when_wrong(browser, amy, lin, milk):
    page = browser.as_(amy)
    lines = {"lines-0-name": "奶粉二段 900g", "lines-0-quantity": "2", "lines-0-price": "270"}
    wrong = typed_in(page, lin, **{**lines, "lines-0-quantity": "-2"})
    assert wrong.status_code == 422
    assert 'value="-2"' in wrong.text
    assert "请填 1 到" in wrong.text
    for bad in ({"lines-0-price": "-1"}, {"lines-0-price": "x"}, {"lines-0-quantity": "1.5"}):
        assert typed_in(page, lin, **{**lines, **bad}).status_code == 422
    assert typed_in(page, lin, **lines, text="留一罐").status_code == 303
    order = db.session.scalars(db.select(Order)).one()
    assert (order.cents, order.text) == (54_000, "留一罐")
    assert "¥540.00" in page.get(f"/orders/{order.id}").text
    assert 'value="270.00"' in page.get(f"/orders/{order.id}/edit").text
    fields = {"on": today().isoformat(), "version": 1, "lines-0-name": "=1+1|<b>x</b>"}
    assert page.post(f"/orders/{order.id}", amount="9", **fields).status_code == 303
    shown = page.get(f"/orders/{order.id}").text
    assert "奶粉二段 900g × 2 ¥270.00" in shown
    assert "<b>x</b>" not in shown


def test_the_shelf_is_kept_by_the_manager_and_read_by_all(browser, amy, max_):
    page = browser.as_(max_)
    fields = {"name": "奶粉二段", "price": "278", "category": "奶粉", "cycle_days": "14"}
    assert page.post("/products", **fields).status_code == 303
    one = db.session.scalars(db.select(Product)).one()
    assert (one.cents, one.cycle_days) == (27_800, 14)
    assert page.post("/products", **fields).status_code == 422
    assert "奶粉二段" in page.get(f"/products/{one.id}").text
    assert page.post(f"/products/{one.id}", **{**fields, "price": "288"}).status_code == 303
    assert one.cents == 28_800
    mine = browser.as_(amy)
    assert "奶粉二段" in mine.get("/products", q="二段").text
    assert "没有找到" in mine.get("/products", q="%").text
    assert "¥288.00" in mine.get("/products/names").text
    assert mine.post(f"/products/{one.id}", **fields).status_code == 403
    assert page.post(f"/products/{one.id}/removal").status_code == 303
    assert "奶粉二段" not in mine.get("/products").text
    assert "奶粉二段" in mine.get("/products", gone="1").text
    assert page.post(f"/products/{one.id}/restoration").status_code == 303
    assert "奶粉二段" in mine.get("/products").text
    did = set(db.session.scalars(db.select(AuditLine.what)))
    assert {"product.added", "product.changed", "product.removed", "product.restored"} <= did


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"name": "长" * 61}, {"price": "-1"}, {"price": "99999999999"},
     {"cycle_days": "-1"}, {"cycle_days": "9999"}, {"cycle_days": "9" * 5000},
     {"cycle_days": "x"}, {"category": "长" * 31}],
)  # fmt: skip
def test_a_product_of_nonsense_keeps_what_was_typed(browser, max_, fields):
    typed = {"name": "米粉", "price": "68", "category": "辅食", "cycle_days": "20", **fields}
    answer = browser.as_(max_).post("/products", **typed)
    assert answer.status_code == 422
    assert "category" in fields or "辅食" in answer.text
    assert db.session.scalar(db.select(Product.id)) is None


def test_the_shelf_is_paged_by_name(browser, max_):
    for number in range(60):
        shelf.add(f"商品{number:02d}")
    page = browser.as_(max_)
    first = page.get("/products").text
    assert "商品49" in first
    assert "商品50" not in first
    found = shelf.page(after=shelf.BY_NAME.of(shelf.page().rows[-1]))
    assert [row.name for row in found.rows] == [f"商品{n}" for n in range(50, 60)]


def test_an_order_of_another_customer_is_not_offered(amy, ben, lin, milk):
    other = make.customer("王芳", owner=ben)
    sold(other, Thing("奶粉二段 900g", 1, 27_800, milk.id))
    assert shelf.usual_of(lin) == []
