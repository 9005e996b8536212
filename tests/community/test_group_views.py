"""Communities on the screen: the cards, the members, the rules, and a colleague's word."""

import pytest

from app.community import groups, memberships, ruling
from app.community.models import Group, Membership, Rule
from app.core.db import db
from app.customers import tags
from tests import make


@pytest.fixture
def presale(app):
    groups.open_first()
    db.session.commit()
    return groups.first_of("presale")


def test_a_house_without_communities_offers_to_begin(browser, work, max_, amy):
    assert "还没有社群" in browser.as_(amy).get("/groups").text
    assert browser.as_(max_).post("/groups/first").status_code == 303
    work()
    text = browser.as_(amy).get("/groups").text
    for name in ("售前", "客户", "售后"):
        assert name in text


def test_who_is_in_it_since_when_and_why(browser, work, presale, amy, ben, lin):
    other = make.customer("何静", owner=ben)
    make.order(lin)
    make.order(other)
    work()
    customers = groups.first_of("customers")
    text = browser.as_(amy).get(f"/groups/{customers.id}").text
    assert "林小满" in text
    assert "在店里买过" in text
    assert "何静" not in text, "another agent's customer"
    assert "<b>2</b><span>成员" in text


def test_pin_exclude_and_by_the_rules_again(browser, presale, amy, ben, lin):
    at = f"/customers/{lin.id}/groups"
    mine = browser.as_(amy)
    assert "还不在任何社群里" in mine.htmx.get(at).text
    assert "同事手动加入" in mine.htmx.post(f"{at}/{presale.id}/pin").text
    answer = mine.htmx.post(f"{at}/{presale.id}/exclusion").text
    assert "已移出" in answer
    assert "小艾" in answer
    answer = mine.post(f"{at}/{presale.id}/release", back=f"/groups/{presale.id}")
    assert answer.headers["Location"] == f"/groups/{presale.id}"
    assert browser.as_(ben).post(f"{at}/{presale.id}/pin").status_code == 404
    assert db.session.scalar(db.select(Membership)) is None
    story = mine.get(f"/customers/{lin.id}").text
    assert "加入社群" in story
    assert "同事移出" in story


def test_a_group_changes_hands_and_name(browser, presale, chief, amy, ben):
    form = {"name": "奶粉咨询", "purpose": "先问再买", "owner": amy.id, "deputies": ben.id}
    assert browser.as_(ben).post(f"/groups/{presale.id}", **form).status_code == 404
    assert browser.as_(chief).post(f"/groups/{presale.id}", **form).status_code == 303
    assert (presale.name, presale.owner) == ("奶粉咨询", amy)
    assert browser.as_(ben).get(f"/groups/{presale.id}/edit").status_code == 200
    again = browser.as_(amy).post(f"/groups/{presale.id}", **(form | {"name": "客户"}))
    assert again.status_code == 422
    assert "已经有「客户」了" in again.text


def test_one_more_of_a_kind_and_away_again(browser, work, presale, max_, amy):
    answer = browser.as_(max_).post("/groups", name="尿裤群", kind="presale", owner=amy.id)
    new = db.session.scalars(db.select(Group).where(Group.name == "尿裤群")).one()
    assert answer.headers["Location"] == f"/groups/{new.id}"
    assert len(ruling.of(new)) == 4
    assert browser.as_(max_).post(f"/groups/{new.id}/closing").status_code == 303
    assert browser.as_(max_).get(f"/groups/{new.id}").status_code == 404
    assert browser.as_(max_).post(f"/groups/{presale.id}/closing").status_code == 409


def test_a_rule_is_looked_at_before_it_is_kept(browser, work, presale, chief, lin):
    tag = tags.add(tags.TAG, "团购")
    tags.put_on(lin, tag, by=chief)
    owner, before = browser.as_(chief), len(ruling.of(presale))
    at = f"/groups/{presale.id}/rules/tagged"
    shown = owner.htmx.post(at, tag=str(tag.id), look="1")
    assert "现在有 1 位客户" in shown.text
    assert len(ruling.of(presale)) == before
    assert owner.post(at, tag=str(tag.id)).status_code == 303
    work()
    assert memberships.in_group(presale, lin)
    rule = db.session.scalars(db.select(Rule).where(Rule.kind == "tagged")).one()
    assert "有标签「团购」" in owner.get(f"/groups/{presale.id}/rules").text
    assert owner.get(f"/groups/rules/{rule.id}").status_code == 200
    assert owner.post(f"/groups/rules/{rule.id}/removal").status_code == 303
    work()
    assert not memberships.in_group(presale, lin)


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("bought", {"thing": "没有的东西"}, "没有叫"),
        ("asked", {"words": "长" * 31}, "每个不超过"),
        ("asked", {"words": "奶粉", "days": "99999"}, "天数不对"),
        ("tagged", {"tag": "7"}, "请选一个标签"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_with_words(browser, presale, chief, kind, typed, said):
    answer = browser.as_(chief).post(f"/groups/{presale.id}/rules/{kind}", **typed)
    assert answer.status_code == 422
    assert said in answer.text
