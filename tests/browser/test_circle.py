"""The customer's way through the communities, by mouse, with the shop on the other side."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PC, PHONE


def fits(page):
    """No page is wider than its screen."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url


def follow_and_ask(phone, words):
    phone.goto("/practice")
    phone.get_by_role("button", name="新手机").click()
    phone.get_by_role("button", name="关注", exact=True).click()
    expect(phone.get_by_role("button", name="取消关注")).to_be_visible()
    phone.get_by_label("说点什么").fill(words)
    phone.get_by_role("button", name="发送").click()
    expect(phone.get_by_role("log").get_by_text(words)).to_be_visible()


def come_in_and_join(phone):
    """Into the own pages by one tap, through WeChat's own page, and become a member."""
    phone.get_by_role("link", name="会员中心").click()
    expect(phone.get_by_role("heading", name=re.compile("会员中心|成为会员"))).to_be_visible()
    fits(phone)
    join = phone.get_by_role("button", name="成为会员")
    if join.count():  # the shop knows them already; a stranger is asked at once
        join.click()
    phone.get_by_label("我看过告知书，同意成为会员").check()
    phone.get_by_role("button", name="同意并加入").click()
    expect(phone.get_by_role("heading", name="会员中心")).to_be_visible()
    expect(phone.get_by_role("button", name="成为会员")).to_have_count(0)


def ask(phone, kind, words):
    """Raise a need; its address."""
    phone.goto("/m/topics/new")
    phone.locator("label", has_text=kind).click()
    phone.get_by_label("说说看").fill(words)
    phone.get_by_role("button", name="提交").click()
    expect(phone.get_by_text(words).first).to_be_visible()
    fits(phone)
    return phone.url


def find(desk, words):
    desk.goto("/topics")
    desk.get_by_role("link", name=re.compile(words)).first.click()
    expect(desk.locator("#topic-title")).to_be_visible()


def answer(desk, words):
    desk.get_by_label("答复", exact=True).last.fill(words)
    desk.get_by_role("button", name="答复客户").click()
    expect(desk.locator(".topic-thread").get_by_text(words)).to_be_visible()


def is_in(desk, customer, group):
    """The worker puts who acted where they belong."""
    for _look in range(20):
        desk.goto(f"{customer}/groups")
        if desk.locator("#main").get_by_role("link", name=group, exact=True).count():
            return
        desk.wait_for_timeout(500)
    raise AssertionError(f"{customer} is not in {group}")


@pytest.mark.parametrize(("number", "scheme"), [(1, "light"), (2, "dark")])
def test_a_customer_goes_from_asking_to_leaving(desk, number, scheme):
    phone, owner, manager = desk("owner", PHONE, scheme), desk("owner", PC), desk("manager", PC)
    follow_and_ask(phone, f"在吗，想问奶粉 {number}")
    come_in_and_join(phone)

    asked = ask(phone, "咨询", f"二段奶粉有货吗，第 {number} 位问")
    find(owner, f"二段奶粉有货吗，第 {number} 位问")
    expect(owner.locator("dl.facts dd").get_by_text("售前", exact=True)).to_be_visible()
    customer = owner.locator("dl.facts a").first.get_attribute("href")
    is_in(owner, customer, "售前")
    find(owner, f"二段奶粉有货吗，第 {number} 位问")
    answer(owner, "有的，给您留两罐")
    phone.goto(asked)
    expect(phone.get_by_text("有的，给您留两罐")).to_be_visible()

    owner.goto(f"/orders/new?customer={customer.rsplit('/', 1)[1]}")
    owner.get_by_label("金额").fill("298")
    owner.get_by_role("button", name="记下").click()
    expect(owner.get_by_text("¥298.00").first).to_be_visible()
    is_in(owner, customer, "客户")
    phone.goto("/m/purchases")
    expect(phone.get_by_text("¥298.00").first).to_be_visible()

    phone.goto(asked)
    phone.get_by_label("回话").fill("罐盖裂了，想退")
    phone.get_by_role("button", name="发送").click()
    find(owner, f"二段奶粉有货吗，第 {number} 位问")
    owner.get_by_role("link", name="转给别的社群").click()
    where = owner.get_by_label("转给哪个社群")
    where.select_option(where.locator("option", has_text="售后").get_attribute("value"))
    owner.get_by_label("原因").fill("要退货，请售后接")
    owner.get_by_role("button", name="转过去").click()
    find(manager, f"二段奶粉有货吗，第 {number} 位问")
    manager.get_by_role("button", name="我来接").click()
    expect(manager.locator("dl.facts dd").get_by_text("售后", exact=True)).to_be_visible()
    is_in(manager, customer, "售后")
    find(manager, f"二段奶粉有货吗，第 {number} 位问")
    answer(manager, "给您退好了，对不起")
    manager.get_by_role("button", name="已解决").click()
    expect(manager.locator("#topic-title + p").get_by_text("已解决")).to_be_visible()

    phone.goto(asked)
    phone.locator("label", has_text="5 很满意").click()
    phone.get_by_role("button", name="提交评价").click()
    expect(phone.get_by_role("button", name="提交评价")).to_have_count(0)
    phone.goto("/m/privacy")
    expect(phone.get_by_text("最近谁看过")).to_be_visible()
    fits(phone)
    phone.get_by_role("button", name="退出会员").click()
    phone.get_by_role("button", name="退出会员", exact=True).click()
    expect(phone.get_by_text("已经退出")).to_be_visible()
