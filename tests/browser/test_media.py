"""Pictures and voices by hand: they come in, play, and go out, on a computer and on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import CHROMIUM, PC, PHONE, QUIET, Desk
from tests.media import FILM, picture

MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PLAY = """async (voice) => {
  voice.muted = true;
  await voice.play();
  await new Promise((done) => voice.addEventListener("ended", done));
  return [voice.duration, voice.currentTime, voice.error];
}"""


@pytest.fixture
def talk(desk):
    """A customer who just followed; `(their phone, open the shop's inbox at a size)`."""
    phone = desk("owner", PC)
    phone.goto("/practice")
    phone.get_by_role("button", name="新手机").click()
    phone.get_by_role("button", name="关注", exact=True).click()
    expect(phone.get_by_role("button", name="取消关注")).to_be_visible()

    def open_shop(size):
        shop = desk("owner", size)
        shop.goto("/inbox?tab=free")
        shop.locator("a.talk").first.click()
        return shop

    return phone, open_shop


@pytest.mark.parametrize("size", [PC, PHONE], ids=["1440", "390"])
def test_what_a_customer_sends_is_seen_and_heard(talk, size):
    phone, open_shop = talk
    phone.get_by_role("button", name="发语音").click()
    phone.get_by_text("发图片").click()
    phone.get_by_role("button", name="奶瓶").click()
    phone.get_by_role("button", name="发视频").click()
    shop = open_shop(size)
    film = shop.locator(".bubble video")
    expect(film).to_be_visible(timeout=30_000)
    voice = shop.locator(".bubble audio")
    duration, at, error = voice.evaluate(PLAY)
    assert 2 < duration < 3
    assert (at, error) == (pytest.approx(duration, abs=0.2), None)
    shown = shop.locator("img.said-picture")
    expect(shown).to_be_visible()
    assert shown.evaluate("(one) => one.naturalWidth") > 100
    box = shop.locator("#messages").bounding_box()
    for one in (film, voice, shown):
        inside = one.bounding_box()
        assert box["x"] <= inside["x"]
        assert inside["x"] + inside["width"] <= box["x"] + box["width"]
    assert (
        film.evaluate("async (one) => { one.muted = true; await one.play(); return one.error; }")
        is None
    )


def test_a_voice_gets_its_gist(talk):
    phone, open_shop = talk
    phone.get_by_role("button", name="发语音").click()
    shop = open_shop(PC)
    shop.get_by_role("link", name="写大意").click(timeout=30_000)
    shop.get_by_label("大意").fill("问三段奶粉有没有货")
    shop.get_by_role("button", name="保存").click()
    expect(shop.get_by_text("大意：问三段奶粉有没有货")).to_be_visible()
    expect(shop.locator(".talk-last").first).to_contain_text("问三段奶粉")


def test_a_chosen_picture_is_seen_first_and_reaches_the_customer(talk):
    phone, open_shop = talk
    phone.get_by_label("说点什么").fill("有图吗")
    phone.get_by_role("button", name="发送").click()
    shop = open_shop(PHONE)
    shop.locator("summary", has_text="图片").click()
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture("PNG", (300, 200))}
    shop.get_by_label("选一张图片").set_input_files(file)
    expect(shop.get_by_alt_text("要发的图片")).to_be_visible()
    shop.get_by_role("button", name="发图片").click()
    expect(shop.locator(".said-ours img.said-picture")).to_be_visible(timeout=30_000)
    expect(shop.get_by_text("已送达平台")).to_be_visible(timeout=30_000)
    expect(phone.locator(".wx-shop img")).to_be_visible(timeout=30_000)


def test_a_voice_is_recorded_in_the_page_and_reaches_the_customer(talk, shop):
    """With a pretended microphone, which only a browser of its own has."""
    phone, _open = talk
    phone.get_by_label("说点什么").fill("能发语音吗")
    phone.get_by_role("button", name="发送").click()
    chromium = phone.context.browser.browser_type
    browser = chromium.launch(executable_path=CHROMIUM, args=QUIET + MICROPHONE)
    try:
        desk = Desk(browser, shop, PC, "owner")
        desk.page.goto("/inbox?tab=free")
        desk.page.locator("a.talk").first.click()
        desk.page.locator("summary", has_text="语音").click()
        desk.page.get_by_role("button", name="开始录音").click()
        desk.page.wait_for_timeout(2_500)
        desk.page.get_by_role("button", name="停止").click()
        expect(desk.page.locator("#thread .attach-panel audio")).to_be_visible()
        desk.page.get_by_role("button", name="发语音").click()
        expect(desk.page.get_by_text("已送达平台")).to_be_visible(timeout=30_000)
        assert desk.page.locator(".said-ours audio").evaluate(PLAY)[2] is None
        assert desk.faults == []
    finally:
        browser.close()
    heard = phone.locator(".wx-shop audio")
    expect(heard).to_be_visible(timeout=30_000)
    duration, _at, error = heard.evaluate(PLAY)
    assert error is None
    assert 1.5 < duration < 5


def attach(shop, what, button, **file):
    shop.locator("summary", has_text=what).click()
    if file:
        shop.locator(".attach[open] input[type=file]").set_input_files([file])
    shop.get_by_role("button", name=button).click()
    expect(shop.locator(".attach[open]")).to_have_count(0)  # the thread has come anew


@pytest.mark.parametrize("size", [PC, PHONE], ids=["1440", "390"])
def test_a_film_a_document_and_the_place_leave_by_the_mouse(talk, size):
    phone, open_shop = talk
    phone.get_by_label("说点什么").fill("有视频吗")
    phone.get_by_role("button", name="发送").click()
    shop = open_shop(size)
    film = {"name": "a.mp4", "mimeType": "video/mp4", "buffer": FILM}
    paper = {"name": "报价.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
    attach(shop, "视频", "发视频", **film)
    attach(shop, "文件", "发文件", **paper)
    attach(shop, "位置", "发店铺位置")
    expect(shop.get_by_text("已送达平台")).to_have_count(3, timeout=30_000)
    expect(phone.locator(".wx-shop video")).to_be_visible()
    with phone.context.expect_page() as opened:
        phone.get_by_role("link", name="报价.pdf").click()
    with opened.value.expect_download() as saved:
        opened.value.get_by_role("link", name="下载").click()
    assert saved.value.suggested_filename == "报价.pdf"
    expect(phone.get_by_role("link", name="禾禾路 18 号")).to_be_visible()


def test_what_is_too_large_is_said_before_and_after_the_way(chromium, shop):
    one = Desk(chromium, shop, PC, "owner")
    page = one.page
    page.goto("/inbox?tab=all")
    page.locator("a.talk").first.click()
    page.locator("summary", has_text="图片").click()
    chosen = page.locator(".attach[open] input[type=file]")
    chosen.set_input_files(
        [{"name": "a.png", "mimeType": "image/png", "buffer": b"0" * 11_000_000}]
    )
    assert "超过 10 MB" in chosen.evaluate("(it) => it.validationMessage")
    page.route("**/pictures", lambda route: route.fulfill(status=413, body="<h1>nginx</h1>"))
    chosen.set_input_files([{"name": "a.png", "mimeType": "image/png", "buffer": picture()}])
    page.get_by_role("button", name="发图片").click()
    expect(page.get_by_role("alert")).to_contain_text("文件太大，服务器没有收")
    expect(page.locator("#thread .composer")).to_be_visible()
    one.context.close()
