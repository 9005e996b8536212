"""Workbooks that lie about their size, or hold entities: read for what they are, or refused."""

import io
import re
import zipfile

import pytest

from app.core.db import db
from app.exchange.models import ImportRun
from tests.exchange.sheets import xlsx_bytes

GOOD = xlsx_bytes({"客户": [["姓名", "手机"], ["王芳", "13800130001"]]})
LIE = b'<dimension ref="A1:XFD1048576"/>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 50 + b'">'
LAUGHS += b'<!ENTITY c "' + b"&b;" * 50 + b'"><!ENTITY d "' + b"&c;" * 50 + b'">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def changed(change):
    """The good workbook, with its sheet's XML changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name):
                content = change(content)
            new.writestr(name, content)
    return out.getvalue()


def with_dimension(sheet):
    sheet = re.sub(rb"<dimension[^>]*/>", b"", sheet)
    return re.sub(rb"(<worksheet[^>]*>)", rb"\1" + LIE, sheet, count=1)


def with_doctype(doctype, entity):
    def change(sheet):
        sheet = re.sub(rb"^(<\?xml[^>]*\?>)?\s*", rb"\1" + doctype, sheet, count=1)
        return sheet.replace(b"<v>0</v>", b"<v>" + entity + b"</v>", 1)

    return change


def upload(who, content):
    return who.post("/imports", _files={"file": (io.BytesIO(content), "shop.xlsx")})


def test_a_sheet_that_claims_to_be_endless_is_read_for_what_it_is(browser, max_, work):
    answer = upload(browser.as_(max_), changed(with_dimension))
    assert answer.status_code == 303
    run = db.session.scalars(db.select(ImportRun)).one()
    assert [len(sheet["header"]) for sheet in run.sheets] == [2]


@pytest.mark.parametrize(
    "change", [with_doctype(LAUGHS, b"&d;"), with_doctype(OUTSIDE, b"&a;")], ids=["grows", "reads"]
)
def test_entities_in_a_sheet_are_never_opened(browser, max_, work, change):
    answer = upload(browser.as_(max_), changed(change))
    work()
    assert answer.status_code == 422
    for run in db.session.scalars(db.select(ImportRun)):
        assert "root:" not in str(run.sheets)
        assert "haha" not in str(run.sheets)
