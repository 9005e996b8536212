"""The customer's pages, through the browser."""

from tests import make


def test_the_list_shows_the_customers_one_may_see(browser, amy, lin):
    assert "林小满" in browser.as_(amy).get("/customers").text


def test_every_view_and_sort_opens(browser, amy, ben, chief, lin):
    make.order(lin, days_ago=80)
    for person in (amy, chief):
        page = browser.as_(person)
        for view in ("today", "waiting", "quiet", "warm", "unnamed", "all", "archived"):
            for owner in ("", "mine", "pool"):
                assert page.get("/customers", view=view, owner=owner).status_code == 200
        for sort in ("activity", "visit", "spent", "name", "new"):
            assert "林小满" in page.get("/customers", sort=sort).text


def test_the_page_of_a_customer_opens(browser, amy, lin):
    answer = browser.as_(amy).get(f"/customers/{lin.id}")
    assert "林小满" in answer.text
    assert "138 **** 0001" in answer.text
    assert "13800130001" not in answer.text
