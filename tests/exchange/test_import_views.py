"""The pages of the import."""

import csv
import io
import re

import openpyxl
import pytest

from app.core.db import db
from app.customers.models import Customer, Identity
from app.exchange import importing, uploads
from app.exchange.models import ImportRun
from app.staff.models import AuditLine
from tests.exchange.sheets import begun, csv_bytes, imported, xlsx_bytes

FILE = csv_bytes([["姓名", "手机"], ["王芳", "13800130001"], ["=1+1", "123"]])


def uploaded(browser, content=FILE, name="shop.csv"):
    answer = browser.post("/imports", _files={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


@pytest.fixture
def shop(browser, max_):
    return browser.as_(max_)


def test_a_file_is_uploaded_tried_out_and_imported(shop, work):
    page = uploaded(shop)
    first = shop.get(page)
    assert "王芳 138 0013 0001" in " ".join(first.text.split())
    answer = shop.post(
        f"{page}/columns", **{"s0-use": 1, "s0-name": 0, "s0-phone": 1}, then="check"
    )
    assert answer.headers["Location"] == page
    assert "正在试导" in shop.get(page).text
    work()
    tried = shop.get(page).text
    assert "什么都没有改" in tried
    assert "第 3 行" in tried
    assert db.session.scalar(db.select(Customer.id)) is None
    shop.post(f"{page}/confirmation")
    assert "正在导入" in shop.get(page).text
    work()
    done = shop.get(page).text
    assert "导完了" in done
    assert 'href="/"' in done
    assert 'href="/customers"' in done
    assert db.session.scalars(db.select(Customer.name)).all() == ["王芳"]
    assert "王芳" in shop.get("/customers").text


def test_the_part_asks_again_while_it_works_and_stops_at_the_end(shop, work):
    page = uploaded(shop)
    part = shop.htmx.post(
        f"{page}/columns", **{"s0-use": 1, "s0-name": 0, "s0-phone": 1}, then="check"
    )
    assert f'hx-get="{page}/progress"' in part.text
    assert "every 1s" in part.text
    assert "<html" not in part.text
    work()
    part = shop.htmx.get(f"{page}/progress")
    assert "every 1s" not in part.text
    assert "正式导入" in part.text


def test_a_corrected_column_changes_the_preview(shop):
    page = uploaded(shop, csv_bytes([["叫什么", "号码"], ["王芳", "13800130001"]]))
    assert "checked" not in shop.get(page).text
    part = shop.htmx.post(f"{page}/columns", **{"s0-use": 1, "s0-name": 0, "s0-phone": 1})
    assert "王芳 138 0013 0001" in " ".join(part.text.split())
    assert "checked" in part.text


def test_the_columns_that_are_not_imported_are_named(shop):
    page = uploaded(shop, csv_bytes([["编号", "姓名", "生肖"], ["1", "王芳", "马"]]))
    assert "不导入的列：编号、生肖" in shop.get(page).text


def test_columns_that_tell_of_nobody_are_refused_in_words(shop):
    page = uploaded(shop)
    answer = shop.post(f"{page}/columns", **{"s0-use": 1, "s0-remark": 0}, then="check")
    assert answer.status_code == 422
    assert "哪一列是称呼或手机" in answer.text
    answer = shop.post(
        f"{page}/columns", **{"s0-use": 1, "s0-name": 0, "s0-phone": 0}, then="check"
    )
    assert "选了两次" in answer.text


@pytest.mark.parametrize("place", ["99", "-1", "x", "²", "9" * 40])
def test_a_column_that_is_not_there_is_no_column(shop, place):
    page = uploaded(shop)
    answer = shop.post(f"{page}/columns", **{"s0-use": 1, "s0-name": place}, then="check")
    assert answer.status_code == 422


def test_the_refused_rows_come_back_with_their_reason_and_no_live_formula(shop, app):
    run = imported(FILE)
    answer = shop.get(f"/imports/{run.id}/refused/0.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["姓名", "手机", "原因"]
    assert rows[1][:2] == ["'=1+1", "123"]
    assert "“123”不是电话号码" in rows[1][2]
    book = openpyxl.load_workbook(io.BytesIO(shop.get(f"/imports/{run.id}/refused/0.xlsx").data))
    assert [c.value for c in book.active[2]][0] == "'=1+1"
    assert book.active["A2"].data_type == "s"


def test_the_mended_file_of_refused_rows_can_be_imported_again(shop, app):
    run = imported(FILE)
    rows = list(
        csv.reader(
            io.StringIO(shop.get(f"/imports/{run.id}/refused/0.csv").data.decode("utf-8-sig"))
        )
    )
    rows[1][1] = "13800130002"
    again = imported(csv_bytes(rows))
    assert (again.created, again.refused) == (1, 0)


def test_a_download_is_written_down(shop, app, max_):
    run = imported(FILE)
    shop.get(f"/imports/{run.id}/refused/0.csv")
    line = db.session.scalars(
        db.select(AuditLine).where(AuditLine.what == "import.downloaded")
    ).one()
    assert (line.by_id, line.about) == (max_.id, f"import:{run.id}")


def test_a_sheet_or_a_kind_of_file_that_is_not_there_is_an_unknown_page(shop, app):
    run = imported(FILE)
    assert shop.get(f"/imports/{run.id}/refused/7.csv").status_code == 404
    assert shop.get(f"/imports/{run.id}/refused/0.exe").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/imports"), ("get", "/imports/new"), ("post", "/imports"), ("get", "/imports/1"),
        ("get", "/imports/1/progress"), ("post", "/imports/1/columns"),
        ("post", "/imports/1/trial"), ("post", "/imports/1/confirmation"),
        ("get", "/imports/1/refused/0.csv"),
    ],
)  # fmt: skip
def test_an_agent_has_no_import(browser, amy, method, path):
    begun(FILE)
    assert getattr(browser.as_(amy), method)(path).status_code == 403


def test_what_stands_in_a_cell_is_shown_as_text(shop):
    page = uploaded(shop, csv_bytes([["姓名", "<b>列</b>"], ["<script>x</script>", "y"]], "utf-8"))
    text = shop.get(page).text
    assert "<script>x" not in text
    assert "<b>列" not in text


def test_the_kept_file_is_private_and_has_a_made_up_name(shop):
    uploaded(shop, name="../../客户.csv")
    run = db.session.scalars(db.select(ImportRun)).one()
    assert re.fullmatch("[0-9a-f]{32}", run.path)
    assert uploads.where(run.path).stat().st_mode & 0o777 == 0o600


def test_the_file_goes_when_its_work_is_done(app):
    run = begun(FILE)
    path = uploads.where(run.path)
    run.state = "running"
    db.session.commit()
    importing.carry_on(run.id)
    assert not path.exists()


def test_an_import_is_confirmed_only_after_its_trial(shop):
    page = uploaded(shop)
    answer = shop.post(f"{page}/confirmation")
    assert answer.status_code == 409
    assert "先试导一遍" in answer.text


def test_the_list_shows_every_run_page_by_page(shop):
    for _ in range(21):
        uploaded(shop)
    first = shop.get("/imports").text
    assert first.count("shop.csv") == 20
    link = re.search(r'href="(/imports\?before=\d+)"', first)[1]
    path, _question, before = link.partition("?before=")
    assert shop.get(path, before=before).text.count("shop.csv") == 1


def test_a_workbook_shows_each_of_its_sheets(shop):
    content = xlsx_bytes(
        {
            "客户": [["姓名"], ["王芳"]],
            "消费": [["姓名", "日期", "金额"], ["王芳", "2026-05-01", 9]],
        }
    )
    text = shop.get(uploaded(shop, content, "shop.xlsx")).text
    assert "<h2>客户</h2>" in text
    assert "2026-05-01 ¥9.00" in text


def test_a_wechat_number_is_shown_before_it_is_imported_and_makes_nobody_twice(shop):
    for row in (["王芳", "WangFang_88", ""], ["王芳", "wangfang_88", "13800130001"]):
        content = csv_bytes([["姓名", "微信号", "手机"], row])
        assert "微信号 wangfang_88" in shop.get(uploaded(shop, content)).text
        imported(content)
    assert db.session.scalars(db.select(Customer.name)).all() == ["王芳"]
    assert {one.kind for one in db.session.scalars(db.select(Identity))} == {"wechat_id", "phone"}
