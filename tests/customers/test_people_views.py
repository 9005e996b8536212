"""The customer's pages, through the browser."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.core.db import db
from app.customers import people
from app.customers.models import Customer, Identity
from app.staff.models import AuditLine
from tests import make


def count(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def next_of(text):
    """What the address of the next page asks for."""
    address = re.search(r'rel="next" href="([^"]+)"', text)[1].replace("&amp;", "&")
    return dict(parse_qsl(urlsplit(address).query))


# The list ---


def test_the_list_shows_the_customers_one_may_see(browser, amy, ben, lin):
    assert "林小满" in browser.as_(amy).get("/customers").text
    assert "林小满" not in browser.as_(ben).get("/customers").text


def test_every_view_owner_and_sort_opens(browser, amy, chief, lin):
    make.order(lin, days_ago=80)
    for person in (amy, chief):
        page = browser.as_(person)
        for view in ("today", "waiting", "quiet", "warm", "unnamed", "all", "archived"):
            for owner in ("", "mine", "pool"):
                assert page.get("/customers", view=view, owner=owner).status_code == 200
        for sort in ("activity", "visit", "spent", "name", "new"):
            assert "林小满" in page.get("/customers", sort=sort).text
        for state in ("lead", "active", "quiet", "dormant"):
            assert page.get("/customers", state=state).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"after": "~"}, {"after": "9" * 90}, {"after": "9999999999999999~1"}, {"after": "x~-1"},
        {"after": "1~99999999999"}, {"view": "nothing"}, {"sort": "' or 1"}, {"q": "\0"},
        {"q": "字" * 5000}, {"sort": "name", "after": "王~5"}, {"q": "%_'\""},
        {"sort": "visit", "after": "2026-99~1"}, {"sort": "spent", "after": "-5~1"},
    ],
)  # fmt: skip
def test_an_address_of_nonsense_still_answers(browser, amy, lin, query):
    assert browser.as_(amy).get("/customers", **query).status_code == 200


def test_the_next_page_goes_on_where_the_first_ended(browser, amy):
    for number in range(60):
        make.customer(f"客人{number:02d}", owner=amy if number % 2 else None)
    page = browser.as_(amy)
    first = page.get("/customers", sort="name").text
    second = page.get("/customers", **next_of(first)).text
    shown = re.findall(r"客人\d\d", first) + re.findall(r"客人\d\d", second)
    assert sorted(set(shown)) == [f"客人{n:02d}" for n in range(60)]


@pytest.mark.parametrize("sort", ["activity", "visit", "spent", "name", "new"])
def test_every_sort_pages_through_everybody_once(browser, chief, amy, ben, sort):
    for number in range(120):
        one = make.customer(f"客人{number:03d}", owner=[amy, ben, None][number % 3])
        if number % 7 == 1:
            people.let_help(one, staff=amy, why="inbox")
            db.session.commit()
        if number % 5 == 0:
            make.order(one, days_ago=number, cents=number * 100)
    of_amy = [n for n in range(120) if n % 3 != 1 or n % 7 == 1]
    for person, seen in ((chief, range(120)), (amy, of_amy)):
        page, shown = browser.as_(person), []
        text = page.get("/customers", sort=sort).text
        while text:
            shown += re.findall(r"客人(\d\d\d)", text)
            text = page.get("/customers", **next_of(text)).text if 'rel="next"' in text else ""
        assert sorted(map(int, shown)) == list(seen)


def test_who_is_not_found_can_be_created_at_once(browser, amy):
    assert "/customers/new?name=" in browser.as_(amy).get("/customers", q="苏苏").text
    assert "/customers/new?phone=" in browser.as_(amy).get("/customers", q="13800130099").text


# A new customer ---


def test_a_customer_is_created_with_name_and_phone(browser, amy):
    answer = browser.as_(amy).post("/customers", name="王芳", phone="138 0013 8000", mine="y")
    assert answer.status_code == 303
    one = db.session.scalars(db.select(Customer)).one()
    assert (one.name, one.owner_id) == ("王芳", amy.id)


def test_a_manager_may_put_a_new_customer_in_the_pool(browser, max_):
    browser.as_(max_).post("/customers", name="王芳")
    assert db.session.scalars(db.select(Customer)).one().owner_id is None


def test_a_taken_phone_shows_the_other_card_and_keeps_what_was_typed(browser, amy, lin):
    answer = browser.as_(amy).post("/customers", name="林妈妈", phone="13800130001", remark="爱笑")
    assert answer.status_code == 422
    for kept in ("林小满", f"/customers/{lin.id}", "林妈妈", "爱笑", "13800130001"):
        assert kept in answer.text


def test_the_card_of_somebody_else_is_named_without_a_link(browser, ben, lin):
    text = browser.as_(ben).post("/customers", name="林妈妈", phone="13800130001").text
    assert "小艾" in text
    assert f'href="/customers/{lin.id}"' not in text


def test_a_shared_phone_is_moved_to_the_contact_phone(browser, amy, lin):
    answer = browser.as_(amy).post("/customers", name="林妈妈", phone="13800130001", move="1")
    assert answer.status_code == 303
    mother = db.session.scalars(db.select(Customer).where(Customer.name == "林妈妈")).one()
    assert mother.contact_phone == "+8613800130001"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""}, {"name": "王" * 101}, {"name": "w" * 100_000}, {"name": "王", "phone": "1"},
        {"name": "\0\0"}, {"name": "王", "remark": "长" * 1001},
        {"name": "王", "contact_phone": "abc"}, {"name": "王", "phone": "9" * 40},
    ],
)  # fmt: skip
def test_bad_input_is_answered_with_the_form(browser, amy, fields):
    answer = browser.as_(amy).post("/customers", **fields)
    assert answer.status_code == 422
    assert count(Customer) == 0


def test_a_nul_in_a_name_is_cleaned(browser, amy):
    browser.as_(amy).post("/customers", name="王\0芳\ud7ff")
    assert db.session.scalars(db.select(Customer.name)).one().startswith("王芳")


# The page ---


def test_the_page_shows_the_number_only_in_part(browser, amy, lin):
    answer = browser.as_(amy).get(f"/customers/{lin.id}")
    assert "林小满" in answer.text
    assert "138 **** 0001" in answer.text
    assert "13800130001" not in answer.text
    assert "138 0013 0001" not in answer.text


def test_a_reveal_shows_the_number_and_is_written_down(browser, amy, lin):
    answer = browser.as_(amy).post(f"/customers/{lin.id}/phone")
    assert 'href="tel:+8613800130001"' in answer.text
    line = db.session.scalars(db.select(AuditLine).where(AuditLine.what == "phone.revealed")).one()
    assert (line.by_id, line.about) == (amy.id, f"customer:{lin.id}")


def test_an_agent_reaches_nothing_of_a_customer_of_somebody_else(browser, ben, lin):
    page = browser.as_(ben)
    for path in ("", "/edit", "/moments", "/orders"):
        assert page.get(f"/customers/{lin.id}{path}").status_code == 404
    for path in (
        "", "/phone", "/claim", "/naming", "/archive", "/restoration", "/disturbance",
        "/identities", "/contact-phone/removal",
    ):  # fmt: skip
        assert page.post(f"/customers/{lin.id}{path}", name="x", phone="1").status_code == 404
    assert (
        count(AuditLine.__table__.select().where(AuditLine.what == "phone.revealed").subquery())
        == 0
    )


def test_only_managers_hand_over(browser, amy, ben, max_, lin):
    path = f"/customers/{lin.id}/owner"
    assert browser.as_(amy).post(path, owner=str(ben.id)).status_code == 403
    assert browser.as_(amy).get(path).status_code == 403
    assert path not in browser.as_(amy).get(f"/customers/{lin.id}").text
    for answer in (browser.as_(max_).get(path), browser.as_(max_).htmx.get(path)):
        assert ben.display in answer.text
    assert browser.as_(max_).post(path, owner="77777").status_code == 422
    assert browser.as_(max_).post(path, owner=str(ben.id)).status_code == 303
    db.session.expire_all()
    assert lin.owner_id == ben.id


def test_archive_offers_to_restore(browser, amy, lin):
    page = browser.as_(amy)
    page.post(f"/customers/{lin.id}/archive")
    assert f"/customers/{lin.id}/restoration" in page.get(f"/customers/{lin.id}").text
    assert "林小满" not in page.get("/customers").text
    assert "林小满" in page.get("/customers", view="archived").text
    page.post(f"/customers/{lin.id}/restoration")
    assert "林小满" in page.get("/customers").text


def test_do_not_disturb_is_switched_on_and_off(browser, amy, lin):
    page = browser.as_(amy)
    for value, now_on in (("1", True), ("", False)):
        assert page.post(f"/customers/{lin.id}/disturbance", on=value).status_code == 303
        db.session.expire_all()
        assert lin.do_not_disturb is now_on


# Editing at once ---


def test_the_second_editor_sees_field_by_field_and_decides(browser, amy, max_, lin):
    theirs, mine = browser.as_(max_), browser.as_(amy)
    opened = {"version": "1", "was_name": "林小满", "was_remark": ""}
    theirs.post(f"/customers/{lin.id}", name="林小满（七号桌）", remark="不吃辣", **opened)
    answer = mine.post(f"/customers/{lin.id}", name="林小满", remark="爱吃辣", **opened)
    assert answer.status_code == 409
    for seen in ("马店长", "林小满（七号桌）", "不吃辣", "爱吃辣"):
        assert seen in answer.text
    checked = re.findall(r'name="(\w+)" value="([^"]+)" checked', answer.text)
    assert checked == [("name", "林小满（七号桌）"), ("remark", "爱吃辣")]
    version = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    done = mine.post(
        f"/customers/{lin.id}", name="林小满（七号桌）", remark="爱吃辣", version=version
    )
    assert done.status_code == 303
    db.session.expire_all()
    assert (lin.name, lin.remark) == ("林小满（七号桌）", "爱吃辣")


@pytest.mark.parametrize("version", ["", "x", "9" * 30, "-1", "0"])
def test_a_version_of_nonsense_never_overwrites(browser, amy, lin, version):
    answer = browser.as_(amy).post(f"/customers/{lin.id}", name="别的名字", version=version)
    assert answer.status_code in (409, 422)
    db.session.expire_all()
    assert lin.name == "林小满"


# Claiming ---


def test_two_claim_at_once_and_the_second_is_told_who(browser, amy, ben):
    pooled = make.customer("赵敏")
    assert browser.as_(ben).post(f"/customers/{pooled.id}/claim").status_code == 303
    late = browser.as_(amy).post(f"/customers/{pooled.id}/claim")
    assert late.status_code == 409
    assert "已经被小本认领了" in late.text


def test_two_name_at_once_and_the_second_is_told_who(browser, amy, ben):
    unknown = make.customer("")
    browser.as_(ben).post(f"/customers/{unknown.id}/naming", name="王姐")
    for name in ("王姐姐", ""):
        late = browser.as_(amy).htmx.post(f"/customers/{unknown.id}/naming", name=name)
        assert late.status_code == 409
        assert "已经被小本认领了" in late.text
        assert "王姐" not in late.text


def test_who_was_never_in_the_pool_is_not_hinted_at(browser, ben, lin):
    page = browser.as_(ben)
    assert page.post(f"/customers/{lin.id}/claim").status_code == 404
    assert page.post(f"/customers/{lin.id}/naming", name="小满").status_code == 404


def test_a_claim_of_long_ago_is_nobodys_business(browser, amy, ben, at):
    at("2026-11-20 10:00")
    pooled = make.customer("赵敏")
    browser.as_(ben).post(f"/customers/{pooled.id}/claim")
    at("2026-11-20 10:11")
    assert browser.as_(amy).post(f"/customers/{pooled.id}/claim").status_code == 404


def test_who_comes_second_still_may_not_look(browser, amy, ben):
    pooled = make.customer("赵敏")
    browser.as_(ben).post(f"/customers/{pooled.id}/claim")
    browser.as_(amy).post(f"/customers/{pooled.id}/claim")
    assert browser.as_(amy).get(f"/customers/{pooled.id}").status_code == 404


def test_a_manager_who_claims_second_is_told_who(browser, max_, ben):
    pooled = make.customer("赵敏")
    browser.as_(ben).post(f"/customers/{pooled.id}/claim")
    late = browser.as_(max_).post(f"/customers/{pooled.id}/claim")
    assert late.status_code == 409
    assert "小本" in late.text


def test_a_follower_is_named_from_the_list(browser, amy):
    unknown = make.customer("")
    page = browser.as_(amy)
    assert f"/customers/{unknown.id}/naming" in page.get("/customers", view="unnamed").text
    answer = page.htmx.post(f"/customers/{unknown.id}/naming", name="王姐")
    assert f'id="customer-{unknown.id}"' in answer.text
    assert "王姐" in answer.text
    assert f"/customers/{unknown.id}/naming" not in answer.text
    assert "未命名" in page.htmx.post(f"/customers/{make.customer('').id}/naming", name="").text


# Handles ---


def test_a_customer_has_several_phones(browser, amy, lin):
    page = browser.as_(amy)
    assert page.post(f"/customers/{lin.id}/identities", value="13800130002").status_code == 303
    assert count(Identity) == 2
    one = db.session.scalars(db.select(Identity).where(Identity.value.like("%0002"))).one()
    page.post(f"/customers/{lin.id}/identities/{one.id}/removal")
    assert count(Identity) == 1


def test_a_second_phone_that_is_taken_can_be_a_contact_phone(browser, amy, lin):
    other = make.customer("林妈妈", owner=amy, phone="13800130002")
    page = browser.as_(amy)
    answer = page.post(f"/customers/{other.id}/identities", value="13800130001")
    assert answer.status_code == 422
    assert "林小满" in answer.text
    page.post(f"/customers/{other.id}/identities", value="13800130001", move="1")
    db.session.expire_all()
    assert other.contact_phone == "+8613800130001"
    page.post(f"/customers/{other.id}/contact-phone/removal")
    db.session.expire_all()
    assert other.contact_phone == ""


def test_a_customer_who_was_claimed_says_so_on_the_page(browser, amy, ben):
    pooled = make.customer("赵敏")
    people.claim(pooled, by=amy)
    db.session.commit()
    assert "小艾" in browser.as_(amy).get(f"/customers/{pooled.id}").text
