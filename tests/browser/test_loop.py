"""The main job by hand: a customer speaks on the practice phone, the shop answers."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PC, PHONE


@pytest.mark.parametrize("size", [PC, PHONE], ids=["1440", "390"])
def test_a_message_comes_is_answered_and_the_answer_arrives(desk, size):
    phone = desk("owner", PC)
    phone.goto("/practice")
    phone.get_by_role("button", name="新手机").click()
    phone.get_by_role("button", name="关注", exact=True).click()
    expect(phone.get_by_role("button", name="取消关注")).to_be_visible()
    words = f"在吗？我想问奶粉 {size['width']}"
    phone.get_by_label("说点什么").fill(words)
    phone.get_by_role("button", name="发送").click()

    shop = desk("owner", size)
    shop.goto("/inbox?tab=free")
    talk = shop.get_by_role("link", name=re.compile(re.escape(words)))
    expect(talk).to_be_visible(timeout=10_000)
    talk.click()
    shop.get_by_role("button", name="认领").click()
    expect(shop.get_by_role("button", name="认领")).to_have_count(0)
    box = shop.get_by_role("textbox", name="回复")
    box.fill("在的，您说")
    box.press("Enter")
    expect(shop.get_by_text("在的，您说")).to_be_visible()
    expect(box).to_have_value("")
    expect(shop.get_by_text("已送达平台")).to_be_visible(timeout=10_000)
    expect(phone.get_by_role("log").get_by_text("在的，您说")).to_be_visible(timeout=10_000)


def test_the_enter_that_ends_chinese_input_sends_nothing(desk):
    page = desk("owner")
    page.goto("/inbox?tab=all")
    page.locator("a.talk").first.click()
    box = page.get_by_role("textbox", name="回复")
    expect(box).to_be_visible()
    before = page.locator(".said").count()
    box.fill("nihao")
    box.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"
    )
    expect(box).to_have_value("nihao")
    assert page.locator(".said").count() == before


def test_a_draft_is_still_there_after_a_look_elsewhere(desk):
    page = desk("owner")
    page.goto("/inbox?tab=all")
    page.locator("a.talk").first.click()
    page.get_by_role("textbox", name="回复").fill("写到一半")
    address = page.url
    page.goto("/customers")
    page.goto(address)
    expect(page.get_by_role("textbox", name="回复")).to_have_value("写到一半")


def test_the_list_stands_while_one_goes_from_talk_to_talk(desk):
    page = desk("owner")
    page.goto("/inbox?tab=all")
    talks = page.locator("#talks")
    addresses = [page.locator("a.talk").nth(place).get_attribute("href") for place in (9, 11)]
    talks.evaluate("list => { list.scrollTop = 300; }")
    for address in addresses:
        talk = page.locator(f'a.talk[href="{address}"]')
        name = talk.locator(".talk-name").inner_text()
        talk.click()
        expect(page.locator("#card h3").first).to_have_text(name)
        expect(page).to_have_title(re.compile(re.escape(name)))
        expect(page.locator("a.talk[aria-current]")).to_have_attribute("href", address)
        assert page.url.endswith(address)
    with page.expect_response(re.compile(r"/inbox\?.*seen=x")):  # as if there were news
        talks.evaluate(
            "list => htmx.ajax('GET', '/inbox?tab=all&seen=x', {source: list, target: list,"
            " swap: 'outerHTML'})"
        )
    expect(page.locator("a.talk[aria-current]")).to_have_attribute("href", addresses[-1])
    assert talks.evaluate("list => list.scrollTop") > 0
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/inbox\?tab=all$"))
    expect(page.locator("#thread")).to_contain_text("从左边选一位客户")


def test_an_answer_and_news_stay_with_the_talk_that_they_belong_to(desk):
    """One talk is left while its answer is being sent and its news are being asked for."""
    page = desk("owner")
    page.goto("/inbox?tab=all")
    first, other = (page.locator("a.talk").nth(place) for place in (0, 3))
    mine, theirs = (one.locator(".talk-name").inner_text() for one in (first, other))
    first.click()
    box, whose = page.get_by_role("textbox", name="回复"), page.locator("#card h3").first
    expect(whose).to_have_text(mine)
    left, held, news = page.url.partition("?")[0], [], []
    page.route(f"{left}/now?*", lambda route: news.append(route))
    page.route(f"{left}/messages", lambda route: held.append(route))
    box.fill("马上给您看看")
    with page.expect_request(f"{left}/messages"):
        box.press("Enter")
    with page.expect_request(f"{left}/now?*"):
        other.click()
    expect(whose).to_have_text(mine)  # what is being sent is sent first
    held.pop().continue_()
    expect(whose).to_have_text(theirs)
    with page.expect_response(f"{left}/now?*"):
        news[0].continue_()
    expect(page.locator(".thread-head h2")).to_contain_text(theirs)
    expect(page.locator(".said", has_text="马上给您看看")).to_have_count(0)
    expect(box).to_have_value("")
    page.unroute_all()
    page.goto(left)
    expect(page.locator(".said", has_text="马上给您看看")).to_have_count(1)
    expect(box).to_have_value("")  # accepted: no draft is left


def test_a_phone_opens_a_talk_without_the_list(desk):
    page = desk("owner", PHONE)
    page.goto("/inbox?tab=all")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/now?*"):
        page.locator("a.talk").first.click()
    assert not any("/inbox?" in url for url in asked)


@pytest.mark.parametrize("choice", ["推迟：明天上午", "不用提醒"])
def test_a_follow_up_is_put_off_or_ended_from_its_menu(desk, choice):
    page = desk("owner")
    page.goto("/")
    row = page.locator("#due li.task").filter(has=page.locator("form")).first
    row.locator("summary").click()
    name = row.locator(".task-name").inner_text()
    row.get_by_role("button", name=choice).click()
    expect(page.get_by_text(re.compile("推迟好了|这次不再提醒"))).to_be_visible()
    expect(page.locator("#due .task-name", has_text=name).first).to_be_visible()
    assert page.url.endswith("/")
