"""The way to all settings, and the colleagues."""


def test_colleagues_are_listed_for_the_owner_alone(browser, chief, max_, amy):
    assert "登录名 amy" in browser.as_(chief).get("/settings").text
    assert "登录名 amy" not in browser.as_(max_).get("/settings").text


def test_the_import_is_offered_to_those_who_may(browser, amy, max_):
    assert "/imports/new" in browser.as_(max_).get("/settings").text
    assert "/imports/new" not in browser.as_(amy).get("/settings").text


def test_the_owner_finds_the_way_to_every_page(browser, chief, amy):
    text = browser.as_(chief).get("/settings").text
    ways = ("shop", "rules", "tags", "sources", "wechat", "mail")
    for way in ways:
        assert f'href="/settings/{way}"' in text
        assert browser.as_(chief).get(f"/settings/{way}").status_code == 200
    text = browser.as_(amy).get("/settings").text
    assert [way for way in ways if f'href="/settings/{way}"' in text] == ["rules"]
