"""Messy and hostile files: understood, or refused in words, and never half imported."""

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from app.core import files
from app.core.db import db
from app.core.errors import Refused
from app.customers.models import Customer, Identity
from app.exchange import reading, uploads, working
from app.sales.models import Order
from tests.exchange.sheets import begun, counts, csv_bytes, imported, reasons, xlsx_bytes


def names():
    return sorted(db.session.scalars(db.select(Customer.name)))


def phones():
    return sorted(db.session.scalars(db.select(Identity.value)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_is_read_in_every_encoding_that_excel_writes(app, encoding):
    imported(csv_bytes([["姓名", "手机"], ["王芳", "13800130001"]], encoding))
    assert (names(), phones()) == (["王芳"], ["+8613800130001"])


def test_a_title_above_the_heading_and_merged_cells_are_passed_over(app):
    book = openpyxl.Workbook()
    page = book.active
    page.append(["竹青茶铺会员名单"])
    page.merge_cells("A1:C1")
    page.append([])
    page.append(["编号", "会员姓名", "手机号"])
    page.append([1, "王芳", 13800130001])
    file = io.BytesIO()
    book.save(file)
    run = imported(file.getvalue(), "会员.xlsx")
    assert counts(run) == {"rows": 1, "created": 1}
    assert names() == ["王芳"]


def test_numbers_dates_and_formulas_of_excel_are_what_the_shop_meant(app):
    rows = [["手机", "日期", "金额", "姓名"]]
    rows += [[13800130001.0, datetime(2026, 5, 1, 14, 3), 128.1, "甲"]]  # noqa: DTZ001 - a cell
    rows += [["13800130002.0", 46143, "¥99", "乙"], ["'13800130003", "2026年5月1日", "1.2万", "丙"]]
    imported(xlsx_bytes({"页": rows}), "shop.xlsx")
    bought = db.session.execute(db.select(Order.on, Order.cents).order_by(Order.id)).all()
    assert [tuple(one) for one in bought] == [
        (date(2026, 5, 1), 12_810), (date(2026, 5, 1), 9_900), (date(2026, 5, 1), 1_200_000),
    ]  # fmt: skip
    assert phones() == ["+8613800130001", "+8613800130002", "+8613800130003"]


def test_a_sheet_that_is_no_table_of_customers_is_left_out(app):
    sheets = {"说明": [["怎么填"], ["照着填"]], "客户": [["姓名"], ["王芳"]], "空": []}
    run = imported(xlsx_bytes(sheets), "shop.xlsx")
    assert counts(run) == {"rows": 1, "created": 1}


def test_a_file_without_any_heading_waits_for_a_person(app):
    run = begun(csv_bytes([["王芳", "13800130001"], ["李强", "13800130002"]]))
    with pytest.raises(Refused, match="至少勾选"):
        reading.check_columns(run.sheets)


def _zip(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return file.getvalue()


GOOD = xlsx_bytes({"客户": [["姓名"], ["王芳"]]})
BAD = {
    "empty": (b"", "a.csv"),
    "empty workbook": (b"", "a.xlsx"),
    "header only": ("姓名,手机\n".encode(), "a.csv"),
    "header only workbook": (xlsx_bytes({"客户": [["姓名"]]}), "a.xlsx"),
    "wrong kind": (b"%PDF-1.7 ...", "a.csv"),
    "wrong name": (GOOD, "a.docx"),
    "no name": (GOOD, ""),
    "old excel": (b"\xd0\xcf\x11\xe0" + bytes(600), "a.xls"),
    "cut in half": (GOOD[: len(GOOD) // 2], "a.xlsx"),
    "not a workbook": (_zip(hello="world"), "a.xlsx"),
    "bomb": (_zip(**{"xl/sharedStrings.xml": b"0" * 60_000_000}), "a.xlsx"),
    "many columns": (csv_bytes([["姓名"] * 5000, ["王芳"] * 5000]), "a.csv"),
    "open quote": ('姓名,手机\n"王芳,13800130001\n'.encode(), "a.csv"),
    "binary": (bytes(range(256)) * 40, "a.csv"),
}


def kept():
    return {path for path in (files.root / uploads.FOLDER).rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_in_words_and_not_kept(browser, max_, case):
    content, name = BAD[case]
    before = kept()
    answer = browser.as_(max_).post("/imports", _files={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert kept() == before


def test_a_cell_of_200_kb_refuses_its_row_and_not_the_file(app):
    run = imported(csv_bytes([["姓名", "备注"], ["王芳", "长" * 70_000], ["李强", ""]]))
    assert names() == ["李强"]
    assert "备注" in reasons(run)[0][1]


def test_a_file_that_breaks_in_the_middle_keeps_what_was_read_and_says_so(app, monkeypatch):
    run = begun(csv_bytes([["姓名"], *[[f"客{i}"] for i in range(150)]]))
    really = reading.walk

    def breaking(*args):
        yield next(really(*args))
        raise Refused("第 102 行坏了")

    monkeypatch.setattr(working, "walk", breaking)
    run.state = "running"
    db.session.commit()
    working.guarded(run, working.take_rows)
    assert (run.state, run.fault) == ("failed", "第 102 行坏了")
    assert counts(run)["created"] == len(names()) == 100
