"""The figures are ratios to a page of constant rows: it must be the list, and must be drawn."""

from scripts.benching import constant


def test_the_constant_page_is_the_list_of_customers(app):
    with app.test_request_context("/"):
        drawn = constant.draw()
    assert drawn.count('href="/customers/') >= len(constant.ROWS)
    assert "王小芳50" in drawn
