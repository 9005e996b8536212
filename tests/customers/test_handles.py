"""The accounts of other platforms, an e-mail address, a WeChat number: written, hidden, found."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.db import db
from app.core.errors import Refused
from app.core.formats import veiled
from app.customers import finding, identities
from app.customers.models import Identity
from app.staff.models import AccessLine
from tests import make

WRITTEN = sorted(identities.WRITTEN)


@given(st.sampled_from(WRITTEN), st.text(max_size=140))
def test_whatever_is_written_is_kept_as_it_would_be_kept_again_or_refused(kind, typed):
    with suppress(Refused):
        kept = identities.normal(kind, typed)
        assert 0 < len(kept) <= 128
        assert identities.normal(kind, kept) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("wechat_id", " Oyxy_0301 ", "oyxy_0301"),
        ("wechat_id", "ｗxid-abc12", "wxid-abc12"),
        ("email", "Lin@QQ.com", "lin@qq.com"),
        ("xiaohongshu", "小满妈妈", "小满妈妈"),
        ("phone", "138 0013 0009", "+8613800130009"),
    ],
)
def test_one_account_is_one_however_it_is_written(kind, typed, kept):
    assert identities.normal(kind, typed) == kept


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("wechat_id", "小满妈妈"), ("wechat_id", "ab"), ("email", "lin"), ("douyin", "a b"),
     ("douyin", ""), ("taobao", "x" * 65), ("email", f"{'a' * 60}@{'b' * 80}.com"),
     ("phone", "12"), ("wechat", "o-lin-0001"), ("unionid", "u1")],
)  # fmt: skip
def test_what_is_no_account_is_refused(kind, typed):
    with pytest.raises(Refused):
        identities.normal(kind, typed)


def test_an_account_is_added_hidden_shown_on_request_and_removed(browser, amy, lin):
    page = browser.as_(amy)
    place = f"/customers/{lin.id}"
    assert page.post(f"{place}/identities", kind="wechat_id", value="Oyxy_0301").status_code == 303
    shown = page.get(place).text
    assert "微信号" in shown
    assert "oy***" in shown
    assert "oyxy_0301" not in shown
    for form in (page.get(f"{place}/identities/edit"), page.htmx.get(f"{place}/identities/edit")):
        assert "移除微信号 oy***" in form.text
        assert "oyxy_0301" not in form.text
    assert "oyxy_0301" in page.post(f"{place}/phone").text
    assert db.session.scalars(db.select(AccessLine.what)).all().count("phone.seen") == 1
    one = db.session.scalars(db.select(Identity).where(Identity.kind == "wechat_id")).one()
    assert page.post(f"{place}/identities/{one.id}/removal").status_code == 303
    assert "oy***" not in page.get(place).text


def test_an_account_that_is_wrong_stays_in_the_form(browser, amy, lin):
    answer = browser.as_(amy).post(
        f"/customers/{lin.id}/identities", kind="wechat_id", value="小满妈妈"
    )
    assert answer.status_code == 422
    assert "不是微信号" in answer.text
    assert 'value="小满妈妈"' in answer.text


def test_an_account_that_is_taken_shows_the_other_card(browser, amy, lin):
    other = make.customer("林妈妈", owner=amy)
    page = browser.as_(amy)
    page.post(f"/customers/{lin.id}/identities", kind="douyin", value="xiaoman")
    answer = page.post(f"/customers/{other.id}/identities", kind="douyin", value="XiaoMan")
    assert answer.status_code == 422
    assert f"/customers/{lin.id}" in answer.text
    assert "记成联系电话" not in answer.text  # an account is nobody's second telephone


def test_what_a_platform_tells_is_not_taken_away_by_hand(browser, amy, lin):
    identities.attach(lin, "unionid", "u-1", source="wechat")
    db.session.commit()
    one = db.session.scalars(db.select(Identity).where(Identity.kind == "unionid")).one()
    page = browser.as_(amy)
    assert page.post(f"/customers/{lin.id}/identities/{one.id}/removal").status_code == 404
    assert page.post(
        f"/customers/{lin.id}/identities", kind="unionid", value="u-2"
    ).status_code == 422  # fmt: skip


@pytest.mark.parametrize("typed", ["oyxy_0301", "oyxy", "林 oyxy", "lin@qq"])
def test_a_customer_is_found_by_an_account(amy, lin, typed):
    identities.attach(lin, "wechat_id", "oyxy_0301", source="staff", by=amy)
    identities.attach(lin, "email", "lin@qq.com", source="staff", by=amy)
    assert finding.search(amy, typed) == [lin.id]


def test_a_removed_account_finds_nobody(amy, lin):
    identities.attach(lin, "wechat_id", "oyxy_0301", source="staff", by=amy)
    one = db.session.scalars(db.select(Identity).where(Identity.kind == "wechat_id")).one()
    identities.detach(one, by=amy)
    assert finding.search(amy, "oyxy") == []


@given(st.text(max_size=80))
def test_a_veil_hides_most_of_an_account(account):
    head = account.partition("@")[0]
    assert "***" in veiled(account)
    assert len(head) < 3 or head not in veiled(account).replace("***", "")
