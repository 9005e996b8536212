"""The owner's first evening: load the Excel, find a customer, write down, see who is quiet."""

from datetime import date, timedelta

import openpyxl
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PC, PHONE


@pytest.fixture
def book(tmp_path):
    """A shop's own workbook: customers, and on a second sheet what they bought."""
    made = openpyxl.Workbook()
    people = made.active
    people.title = "客户"
    people.append(["姓名", "手机号", "备注"])
    people.append(["欧阳小燕", "138 0013 9001", "二宝在喝三段"])
    people.append(["诸葛大力", 13800139002, ""])
    people.append(["", "不是号码", ""])
    sales = made.create_sheet("消费")
    sales.append(["手机号", "日期", "金额", "内容"])
    for days in (200, 170, 140, 50):
        bought = (date.today() - timedelta(days=days)).isoformat()  # noqa: DTZ011 - a paper date
        sales.append(["13800139001", bought, "¥1,234.50", "奶粉三段"])
    path = tmp_path / "我的客户.xlsx"
    made.save(path)
    return path


@pytest.mark.parametrize(("size", "scheme"), [(PC, "light"), (PHONE, "dark")], ids=["1440", "390"])
def test_the_shops_own_excel_becomes_customers_that_one_can_work_with(desk, book, size, scheme):
    page = desk("owner", size, scheme)
    page.goto("/imports/new")
    page.locator("input[type=file]").set_input_files(book)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("欧阳小燕")).to_be_visible()
    page.get_by_role("button", name="试导一遍").click()
    expect(page.get_by_text("还什么都没有改")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="正式导入").click()
    expect(page.get_by_text("导完了")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("heading", name="退回的行")).to_be_visible()

    page.goto("/customers?q=oyxy")
    page.get_by_role("link", name="欧阳小燕").click()
    expect(page.get_by_text("通常每 30 天来一次")).to_be_visible()
    expect(page.get_by_text("138 **** 9001", exact=True)).to_be_visible()
    page.get_by_label("刚才发生了什么").fill("打了电话，周末来拿奶粉")
    for chip in ("电话", "有意向", "明天"):
        page.locator("label").get_by_text(chip, exact=True).click()
    page.get_by_role("button", name="记下来").click()
    expect(page.get_by_text("打了电话，周末来拿奶粉").first).to_be_visible()

    page.goto("/followups")
    expect(page.get_by_text("欧阳小燕").first).to_be_visible()


@pytest.mark.parametrize("size", [PC, PHONE], ids=["1440", "390"])
def test_no_page_of_the_shop_is_wider_than_its_window(desk, size):
    page = desk("owner", size)
    for path in ("/", "/customers", "/customers/5", "/inbox?tab=all", "/followups", "/orders",
                 "/orders/new", "/imports", "/settings", "/settings/me", "/practice"):  # fmt: skip
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, path


def test_the_list_is_where_it_was_after_going_back(desk):
    page = desk("owner", PHONE)
    page.goto("/customers?view=all")
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(300)
    before = page.evaluate("scrollY")
    assert before > 300
    page.locator("tr a").nth(14).click()
    page.wait_for_url("**/customers/*")
    page.go_back()
    page.wait_for_timeout(400)
    assert abs(page.evaluate("scrollY") - before) < 60


def test_the_slash_key_goes_to_the_search_box(desk):
    page = desk("manager")
    page.goto("/customers")
    page.keyboard.press("/")
    page.keyboard.type("wangf")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers?q=wangf*")


def test_everything_can_be_said_in_english(desk):
    page = desk("agent")
    page.goto("/settings/me")
    page.get_by_text("English", exact=True).click()
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_role("link", name="Customers").first).to_be_visible()
    page.goto("/customers")
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    page.goto("/settings/me")
    page.get_by_text("中文", exact=True).click()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("link", name="客户").first).to_be_visible()


def test_forms_work_without_scripts(chromium, shop):
    context = chromium.new_context(java_script_enabled=False, base_url=shop, viewport=PHONE)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("登录名").fill("manager")
    page.get_by_label("密码", exact=True).fill("shuke-demo")
    page.get_by_role("button", name="登录").click()
    page.goto("/customers/new")
    page.get_by_label("称呼").fill("不用脚本的客户")
    page.locator("main button[type=submit]").first.click()
    expect(page.get_by_text("不用脚本的客户").first).to_be_visible()
    context.close()
