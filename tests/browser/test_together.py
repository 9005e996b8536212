"""Two colleagues at one conversation, each in a window of their own."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE


def first_talk(page):
    page.goto("/inbox?tab=mine")
    page.locator(".talk").first.click()
    page.wait_for_url(re.compile(r"/inbox/\d+"))
    return re.search(r"/inbox/\d+", page.url)[0]


def test_who_types_is_seen_and_whoever_takes_over_goes_on(desk):
    clerk, owner = desk("agent"), desk("owner")
    path = first_talk(clerk)
    owner.goto(path)
    expect(owner.locator("#messages")).to_contain_text("小周 正在看")
    clerk.get_by_label("回复", exact=True).press_sequentially("您好，我来看看", delay=30)
    expect(owner.locator("#messages")).to_contain_text("小周 正在输入")
    assert clerk.get_by_label("回复", exact=True).input_value() == "您好，我来看看"
    owner.get_by_role("button", name="接手", exact=True).click()
    expect(owner.locator(".thread-head")).to_contain_text("禾姐")
    expect(clerk.locator(".thread-head")).to_contain_text("禾姐")
    expect(clerk.locator("#messages")).to_contain_text("接手了对话")


def test_a_note_calls_a_colleague_who_sees_the_number_rise(desk):
    owner, clerk = desk("owner"), desk("agent", PHONE)
    path = first_talk(clerk)
    owner.goto(path)
    clerk.goto("/followups")
    before = clerk.locator("#attention").get_attribute("data-unread")
    owner.get_by_role("link", name="写便笺").click()
    owner.get_by_label("便笺").fill("@小周 这位先别推荐同款")
    owner.get_by_role("button", name="保存便笺").click()
    expect(owner.locator("#messages")).to_contain_text("已告诉小周")
    expect(clerk.locator("#attention")).not_to_have_attribute("data-unread", before, timeout=20_000)
    assert re.match(r"\(\d+\+?\) ", clerk.title())
    clerk.goto("/inbox?tab=called")
    clerk.locator(f'.talk[href*="{path}?"]').click()
    expect(clerk.locator(".said-memo").last).to_contain_text("这位先别推荐同款")


def test_a_place_in_an_old_talk_is_found_and_opened(desk):
    page = desk("owner", PHONE)
    page.goto("/inbox")
    page.get_by_label("搜聊天内容").fill("护臀膏")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_have_text("护臀膏")
    page.locator(".talk").first.click()
    expect(page.locator(".said:target")).to_contain_text("护臀膏")
    expect(page.locator(".said:target")).to_be_in_viewport()
