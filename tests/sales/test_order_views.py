"""Purchases, through the browser."""

from tests import make


def test_the_pages_open(browser, amy, lin):
    one = make.order(lin, by=amy)
    page = browser.as_(amy)
    for path in ("/orders", f"/orders/{one.id}", f"/customers/{lin.id}/orders", "/orders/new"):
        assert page.get(path).status_code == 200, path
    assert "林小满" in page.get("/orders/new", q="林").text
    assert "林小满" in page.get("/orders/new", customer=lin.id).text
