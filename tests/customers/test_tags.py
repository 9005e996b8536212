"""Tags and sources: the owner's lists, on a customer, and as a way into the list."""

from html import unescape
from urllib.parse import parse_qsl

import pytest

from app.core.db import db
from app.core.errors import Refused
from app.customers import listing, tags
from app.customers.listing import Choice
from app.customers.models import Customer, Helper, Moment, Tag, Tagging
from app.staff.models import AuditLine
from tests import make
from tests.crowd import at_once


@pytest.fixture
def regular(app):
    one = tags.add(tags.TAG, "老客", tone="jade")
    db.session.commit()
    return one


@pytest.fixture
def walked_in(app):
    one = tags.add(tags.SOURCE, "路过进店")
    db.session.commit()
    return one


def names(kind=tags.TAG):
    return [one.name for one in tags.all_of(kind)]


def borne(customer):
    return [one.name for one in tags.of(customer)]


def kinds_of(customer):
    asked = db.select(Moment).where(Moment.customer_id == customer.id).order_by(Moment.id)
    moments = db.session.scalars(asked)
    return [(m.kind, m.details.get("tag")) for m in moments if "tag" in m.details]


# The lists ----------------------------------------------------------------------------------------


def test_the_owner_keeps_a_list_in_their_own_order(browser, chief):
    owner = browser.as_(chief)
    for name in ("老客", "会员", "团购"):
        assert owner.post("/settings/tags", name=name, tone="jade").status_code == 303
    assert names() == ["老客", "会员", "团购"]
    third = tags.all_of(tags.TAG)[2]
    owner.post(f"/settings/tags/{third.id}/rise")
    assert names() == ["老客", "团购", "会员"]
    owner.post(f"/settings/tags/{third.id}", name="拼团", tone="blue")
    assert names() == ["老客", "拼团", "会员"]
    did = db.session.scalars(db.select(AuditLine.what)).all()
    assert {"tags.added", "tags.moved", "tags.changed"} <= set(did)


def test_the_usual_words_begin_a_list_and_come_once(browser, chief):
    owner = browser.as_(chief)
    assert "先用几个常用的" in owner.get("/settings/sources").text
    owner.post("/settings/sources/usual")
    owner.post("/settings/sources/usual")
    assert names(tags.SOURCE) == list(tags.USUAL[tags.SOURCE])
    assert names() == []


@pytest.mark.parametrize("name", ["", "  ", "长" * 31])
def test_a_name_that_does_not_fit_is_refused(browser, chief, name):
    assert browser.as_(chief).post("/settings/tags", name=name).status_code == 422
    assert names() == []


def test_the_same_name_twice_is_refused_and_one_may_be_in_both_lists(browser, chief, regular):
    owner = browser.as_(chief)
    answer = owner.post("/settings/tags", name="老客")
    assert answer.status_code == 422
    assert "已经有「老客」了" in answer.text
    assert owner.post("/settings/sources", name="老客").status_code == 303
    other = tags.add(tags.TAG, "会员")
    db.session.commit()
    answer = owner.post(f"/settings/tags/{other.id}", name="老客", tone="grey")
    assert answer.status_code == 422
    for mark in (
        f'<label class="form-label required" for="name-{other.id}"',
        f'id="name-{other.id}-error"',
    ):
        assert mark in answer.text  # the field of this tag, not of the new one
    assert names() == ["老客", "会员"]


def test_two_who_add_the_same_at_once_make_one(app):
    def add():
        tags.add(tags.TAG, "老客")
        db.session.commit()

    at_once(app, add, add)
    assert names() == ["老客"]


def test_a_list_has_an_end(app):
    for n in range(tags.MOST):
        tags.add(tags.TAG, f"t{n}")
    with pytest.raises(Refused, match="100"):
        tags.add(tags.TAG, "one more")


def test_a_removed_tag_is_gone_at_once_and_taken_off_by_a_job(browser, chief, lin, regular, work):
    tags.put_on(lin, regular, by=chief)
    db.session.commit()
    browser.as_(chief).post(f"/settings/tags/{regular.id}/removal")
    assert names() == []
    assert borne(lin) == []
    assert db.session.scalar(db.select(Tagging.id))
    with pytest.raises(Refused, match="还在清理"):
        tags.add(tags.TAG, "老客")
    work()
    assert db.session.scalars(db.select(Tagging)).all() == []
    assert db.session.scalars(db.select(Tag)).all() == []
    tags.add(tags.TAG, "老客")
    assert names() == ["老客"]


def test_the_lists_are_the_owners_alone(browser, max_, amy, regular):
    for person in (max_, amy):
        page = browser.as_(person)
        assert page.get("/settings/tags").status_code == 403
        for path in ("tags", "sources", "tags/usual", "tags/1", "tags/1/rise", "tags/1/removal"):
            assert page.post(f"/settings/{path}", name="x").status_code == 403
    assert browser.as_(amy).get("/settings/other").status_code == 404


# On a customer ------------------------------------------------------------------------------------


def test_a_tag_is_given_and_taken_and_the_story_tells(browser, amy, lin, regular):
    clerk = browser.as_(amy)
    offer = f"/customers/{lin.id}/tags"
    assert offer in clerk.get(f"/customers/{lin.id}").text
    assert "老客" in clerk.htmx.get(offer).text
    assert "老客" in clerk.get(offer).text
    part = clerk.htmx.post(f"/customers/{lin.id}/tags/{regular.id}")
    assert "去掉 老客" in part.text
    assert borne(lin) == ["老客"]
    assert "没有别的标签了" in clerk.htmx.get(offer).text
    clerk.post(f"/customers/{lin.id}/tags/{regular.id}")  # twice does it once
    clerk.post(f"/customers/{lin.id}/tags/{regular.id}/removal")
    clerk.post(f"/customers/{lin.id}/tags/{regular.id}/removal")
    assert borne(lin) == []
    assert kinds_of(lin) == [("customer.tagged", "老客"), ("customer.untagged", "老客")]


def test_a_customer_has_one_source(browser, amy, lin, walked_in):
    friend = tags.add(tags.SOURCE, "朋友介绍")
    db.session.commit()
    clerk = browser.as_(amy)
    for one in (walked_in, friend):
        clerk.post(f"/customers/{lin.id}/tags/{one.id}")
    assert borne(lin) == ["朋友介绍"]
    assert kinds_of(lin)[-1] == ("customer.sourced", "朋友介绍")


def test_a_customer_bears_only_so_many(app, lin):
    for n in range(tags.MOST_EACH):
        tags.put_on(lin, tags.add(tags.TAG, f"t{n}"), by=None)
    with pytest.raises(Refused, match="20"):
        tags.put_on(lin, tags.add(tags.TAG, "one more"), by=None)


def test_nobody_tags_whom_they_may_not_see(browser, ben, lin, regular):
    page = browser.as_(ben)
    assert page.post(f"/customers/{lin.id}/tags/{regular.id}").status_code == 404
    assert page.post(f"/customers/{lin.id}/tags/{regular.id}/removal").status_code == 404
    assert borne(lin) == []


def test_a_tag_that_is_gone_cannot_be_given(browser, amy, lin, regular):
    tags.remove(regular)
    db.session.commit()
    assert browser.as_(amy).post(f"/customers/{lin.id}/tags/{regular.id}").status_code == 404


# As a way into the list ---------------------------------------------------------------------------


def listed(staff, tag, **more):
    page = listing.page(staff, Choice(tag=tag.id, **more))
    return [row.name for row in page.rows]


def test_the_list_shows_who_bears_a_tag_within_sight(amy, ben, max_, regular):
    mine = make.customer("王一", owner=amy)
    pool = make.customer("王二")
    theirs = make.customer("王三", owner=ben)
    helped = make.customer("王四", owner=ben)
    make.customer("王五", owner=amy)
    db.session.add(Helper(customer_id=helped.id, staff_id=amy.id, why="x"))
    for one in (mine, pool, theirs, helped):
        tags.put_on(one, regular, by=None)
    db.session.commit()
    assert listed(max_, regular) == ["王四", "王三", "王二", "王一"]
    assert listed(amy, regular) == ["王四", "王二", "王一"]
    assert listed(amy, regular, owner="mine") == ["王一"]
    assert listed(amy, regular, owner="pool") == ["王二"]


def test_a_tag_and_a_state_together(amy, regular):
    bought, lead = make.customer("王一", owner=amy), make.customer("王二", owner=amy)
    make.order(bought)
    for one in (bought, lead):
        tags.put_on(one, regular, by=None)
    db.session.commit()
    assert listed(amy, regular, state="lead") == ["王二"]
    assert listed(amy, regular, state="active") == ["王一"]


def test_the_page_offers_the_words_and_turns_its_leaves(browser, amy, regular, walked_in):
    for n in range(60):
        one = make.customer(f"王{n:02}", owner=amy)
        tags.put_on(one, regular, by=None)
    db.session.commit()
    clerk = browser.as_(amy)
    first = clerk.get("/customers", tag=str(regular.id))
    assert "王59" in first.text
    assert "王09" not in first.text
    assert "标签：老客" in first.text
    assert "来源：路过进店" in first.text
    second = unescape(first.text.split('rel="next" href="')[1].split('"')[0])
    asked = dict(parse_qsl(second.partition("?")[2]))
    assert asked["tag"] == str(regular.id)
    assert "王09" in clerk.get("/customers", **asked).text
    assert "标签：" not in clerk.get("/customers", view="waiting").text


def test_rows_show_two_tags_and_how_many_more(browser, amy, lin):
    for name in ("甲", "乙", "丙", "丁"):
        tags.put_on(lin, tags.add(tags.TAG, name), by=None)
    db.session.commit()
    page = browser.as_(amy).get("/customers").text
    row = page[page.index(f'id="customer-{lin.id}"') :]
    assert "甲" in row
    assert "丙" not in row.partition("</tr>")[0]
    assert "+2" in row.partition("</tr>")[0]


def test_a_tag_in_the_address_that_is_none_shows_nobody(browser, amy, lin):
    assert "这里没有客户" in browser.as_(amy).get("/customers", tag="4711").text
    assert "林小满" in browser.as_(amy).get("/customers", tag="x").text


def test_whoever_bears_a_rare_tag_is_found_by_its_own_index(app, regular, max_):
    """One of a million is a seek, not a walk over everybody."""
    choice = Choice(tag=regular.id)
    query = listing._query(max_.id, True, False, choice, listing.today(), False)
    made = query._glance(False).compile(db.engine)
    if db.engine.dialect.name != "sqlite":  # there the planner goes by how full the tables are
        return
    values = tuple(made.params[name] or 1 for name in made.positiontup)
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {made}", values)
    said = " ".join(str(row[-1]) for row in plan)
    assert "ix_tagging_tag" in said
    assert "SCAN" not in said
    assert "TEMP B-TREE" not in said


def test_a_tag_and_a_source_together(amy, regular, walked_in):
    both, one, other = (make.customer(name, owner=amy) for name in ("王一", "王二", "王三"))
    for who, tag in ((both, regular), (both, walked_in), (one, regular), (other, walked_in)):
        tags.put_on(who, tag, by=None)
    db.session.commit()
    found = listing.page(amy, Choice(tag=regular.id, source=walked_in.id)).rows
    assert [row.name for row in found] == ["王一"]
    found = listing.page(amy, Choice(source=walked_in.id)).rows
    assert [row.name for row in found] == ["王三", "王一"]


def test_who_looks_for_a_word_of_the_list_is_shown_the_way(browser, amy, regular, walked_in):
    page = browser.as_(amy).get("/customers", q="老客").text
    assert f'href="/customers?tag={regular.id}"' in page
    page = browser.as_(amy).get("/customers", q="路过进店").text
    assert f'href="/customers?source={walked_in.id}"' in page
    assert "?tag=" not in browser.as_(amy).get("/customers", q="老").text


# In the forms -------------------------------------------------------------------------------------


def test_a_new_card_comes_with_tags_and_a_source(browser, amy, regular, walked_in):
    clerk = browser.as_(amy)
    page = clerk.get("/customers/new").text
    assert "老客" in page
    assert "路过进店" in page
    answer = clerk.post(
        "/customers", name="王芳", mine="y", tags=str(regular.id), origin=str(walked_in.id)
    )
    assert answer.status_code == 303
    fang = db.session.scalars(db.select(Customer).where(Customer.name == "王芳")).one()
    assert borne(fang) == ["老客", "路过进店"]
    assert kinds_of(fang) == []  # the moment of the new card says enough


def test_a_shop_without_lists_shows_no_fields(browser, amy):
    page = browser.as_(amy).get("/customers/new").text
    assert 'name="tags"' not in page
    assert 'name="origin"' not in page
    assert browser.as_(amy).post("/customers", name="王芳", mine="y").status_code == 303


def test_a_refused_new_card_keeps_what_was_chosen(browser, amy, regular, walked_in):
    answer = browser.as_(amy).post(
        "/customers", name="", tags=str(regular.id), origin=str(walked_in.id)
    )
    assert answer.status_code == 422
    chips = answer.text.partition('name="tags"')[0][-60:] + answer.text.partition('name="tags"')[2]
    assert "checked" in chips[:200]
    assert f'<option selected value="{walked_in.id}">' in answer.text


def opened(who, customer):
    page = who.get(f"/customers/{customer.id}/edit").text
    return page.partition('name="was_tags"')[2].split('value="')[1].split('"')[0]


def saved(who, customer, **fields):
    fields = {"name": customer.name, "version": str(customer.version), **fields}
    return who.post(f"/customers/{customer.id}", **fields)


def test_an_edit_changes_tags_and_leaves_a_colleagues(browser, amy, lin, regular, walked_in):
    clerk, group = browser.as_(amy), tags.add(tags.TAG, "团购")
    tags.put_on(lin, regular, by=None)
    db.session.commit()
    was = opened(clerk, lin)
    tags.put_on(lin, group, by=None)  # a colleague, meanwhile
    db.session.commit()
    saved(clerk, lin, was_tags=was, origin=str(walked_in.id))
    assert sorted(borne(lin)) == ["团购", "路过进店"]
    other = tags.add(tags.SOURCE, "朋友介绍")
    db.session.commit()
    saved(clerk, lin, was_tags=opened(clerk, lin), tags=str(group.id), origin=str(other.id))
    assert sorted(borne(lin)) == ["团购", "朋友介绍"]
    saved(clerk, lin, was_tags=opened(clerk, lin), tags=str(group.id), origin="0")
    assert borne(lin) == ["团购"]
    saved(clerk, lin)  # a form without the fields
    assert borne(lin) == ["团购"]


@pytest.mark.parametrize("fields", [{"tags": "999999"}, {"origin": "x"}, {"was_tags": "-x,9e9,²"}])
def test_a_word_that_is_gone_meanwhile_is_left_out(browser, amy, lin, regular, fields):
    clerk = browser.as_(amy)
    assert saved(clerk, lin, **{"was_tags": "-", **fields}).status_code < 500
    assert borne(lin) == []


def test_who_settles_a_conflict_loses_no_tags(browser, amy, lin, regular):
    clerk, was = browser.as_(amy), "-"
    answer = saved(clerk, lin, name="林姐", version="0", was_tags=was, tags=str(regular.id))
    assert answer.status_code == 409
    assert f'name="tags" value="{regular.id}"' in answer.text
    assert 'name="was_tags" value="-"' in answer.text
