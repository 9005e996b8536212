import io
import zipfile
from datetime import date, datetime
from itertools import islice

import openpyxl
import pytest
from defusedxml import EntitiesForbidden
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import tables
from app.core.errors import Refused
from app.core.tables import open_table, write_csv, write_xlsx

bounded = settings(max_examples=30, derandomize=True, deadline=None, database=None)
PEOPLE = "姓名,电话\r\n王芳,013800138000\r\n李雷,440301199001011234\r\n"
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.fixture
def put(tmp_path):
    def put(content, name="顾客.csv"):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return open_table(path, name)

    return put


def read(table, **options):
    with table:
        sheet = table.sheet(**options)
        return [sheet.header, *(cells for _line, cells in sheet.rows)]


def workbook(*rows, title="Sheet1"):
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def altered(content, part, text):
    """The workbook with one of its parts replaced by hand."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, text if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("encoding", "detected"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("gb18030", "gb18030"),
    ],
)
def test_a_csv_file_is_read_in_the_encodings_of_excel_and_wps(put, encoding, detected):
    table = put(PEOPLE.encode(encoding))
    assert table.encoding == detected
    assert read(table) == [
        ["姓名", "电话"],
        ["王芳", "013800138000"],
        ["李雷", "440301199001011234"],
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_delimiter_and_the_line_end_are_found(put, delimiter, end):
    lines = [["a,;b", "c"], ["1", "2"]]
    text = end.join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert read(put(text.encode())) == lines


def test_lines_are_counted_as_an_editor_counts_them(put):
    with put(b'a,b\n\n"two\nlines",1\n ,\n3,4,5\n6') as table:
        assert list(table.sheet().rows) == [
            (3, ["two\nlines", "1"]),
            (6, ["3", "4", "5"]),
            (7, ["6", ""]),
        ]


def test_a_resumed_reading_begins_behind_the_line_it_had_reached(put):
    for content, name in (
        (b"h\n1\n2\n3", "a.csv"),
        (workbook(["h"], [1], [2], [3]), "a.xlsx"),
    ):
        with put(content, name) as table:
            assert list(table.sheet(after=2).rows) == [(3, ["2"]), (4, ["3"])]


def test_an_open_quote_is_told_with_its_line_before_any_row_is_given(put):
    with pytest.raises(Refused) as refused:
        put(b'a,b\n1,2\n"3,4\n5,6\n')
    assert refused.value.params == {"line": 3}


def test_a_cell_that_is_too_long_is_cut_and_its_line_is_known(put):
    with put(b"a,b\n1,2\n" + b"x" * 200_000 + b",3\n") as table:
        sheet = table.sheet()
        rows = list(sheet.rows)
    assert len(rows[1][1][0]) == tables.LONGEST_CELL
    assert sheet.cut == {3}


def test_too_many_columns_are_refused_and_empty_ones_are_not(put):
    with pytest.raises(Refused, match="超过 200 列"):
        put(b"a," * 5_000 + b"b\n")
    assert read(put(b"a" + b"," * 5_000 + b"\n1\n")) == [["a"], ["1"]]


def test_too_many_rows_are_refused(put, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    assert len(read(put(b"a\n1\n2\n"))) == 3
    with pytest.raises(Refused, match="超过 2 行"):
        put(b"a\n1\n2\n3\n")
    with pytest.raises(Refused, match="超过 2 行"):
        read(put(workbook(["a"], [1], [2], [3]), "a.xlsx"))


def test_cells_are_cleaned_of_what_nobody_sees(put):
    text = "\ufeff a\0\x07,e\u0301\u202e\n"
    assert read(put(text.encode())) == [["a", "é"]]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a,b\n1,2\n", "a.php"),
        (b"a,b\n1,2\n", "a.csv.html"),
        (b"a,b\n1,2\n", "noextension"),
        (b"a,b\n1,2\n", "a.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.csv"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "a.csv"),
        (b"PK\x03\x04 and then nothing", "a.xlsx"),
        (workbook(["ab"])[:-40], "a.xlsx"),
        (b"PK\x05\x06" + b"\0" * 18, "a.xlsx"),
    ],
)
def test_what_is_no_table_is_refused(put, content, name):
    with pytest.raises(Refused):
        put(content, name)


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.csv"), (b"\n , \n", "a.csv"), (workbook(), "a.xlsx")]
)
def test_a_table_without_content_says_so(put, content, name):
    with put(content, name) as table, pytest.raises(Refused, match="没有内容"):
        table.sheet()


def test_a_header_alone_is_a_table_without_rows_and_may_hold_doubles(put):
    assert read(put("姓名,姓名,\n".encode())) == [["姓名", "姓名"]]


def test_a_workbooks_cells_become_what_a_person_would_type(put):
    rows = read(
        put(
            workbook(
                ["手机", 13800138000.0, 0.1 + 0.2, 1e14, 4.4e17, None, True],
                [datetime(2024, 3, 5), datetime(2024, 3, 5, 14, 30), date(2024, 3, 5), "007"],  # noqa: DTZ001
            ),
            "a.xlsx",
        )
    )
    assert rows[0][:5] == [
        "手机", "13800138000", "0.3", "100000000000000", "440000000000000000",
    ]  # fmt: skip
    assert rows[0][5:] == ["", "TRUE"]
    assert rows[1][:4] == ["2024-03-05", "2024-03-05 14:30", "2024-03-05", "007"]


def test_each_sheet_of_a_workbook_can_be_chosen(put):
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "空"
    book.create_sheet("<b>会员").append(["a"])
    book.save(file)
    with put(file.getvalue(), "a.xlsx") as table:
        assert table.names == ["空", "<b>会员"]
        assert table.sheet("<b>会员").header == ["a"]
        with pytest.raises(Refused, match="没有“订单”这一页"):
            table.sheet("订单")


def test_a_lie_about_the_size_of_a_sheet_costs_nothing(put):
    part = "xl/worksheets/sheet1.xml"
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>'
    lie = f'{SHEET}<dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData></worksheet>'
    assert read(put(altered(workbook(["x"]), part, lie), "a.xlsx")) == [["1"], ["2"]]


def test_a_row_number_beyond_every_sheet_is_refused(put):
    part = "xl/worksheets/sheet1.xml"
    rows = '<row r="1"><c><v>1</v></c></row><row r="99999999999"><c><v>1</v></c></row>'
    lie = f"{SHEET}<sheetData>{rows}</sheetData></worksheet>"
    table = put(altered(workbook(["x"]), part, lie), "a.xlsx")
    with table, pytest.raises(Refused):
        list(table.sheet().rows)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_workbook_with_entities_is_refused(put, part):
    lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    content = altered(workbook(["x"]), part, f"{lol}{SHEET}<sheetData>&b;</sheetData></worksheet>")
    with pytest.raises(Refused, match="坏了") as refused:
        read(put(content, "a.xlsx"))
    if "worksheets" not in part:  # a sheet is refused for any declaration before it is parsed
        cause = refused.value.__cause__
        assert isinstance(cause, EntitiesForbidden) or isinstance(
            cause.__cause__, EntitiesForbidden
        )


def test_a_workbook_that_unfolds_enormously_is_refused_unread(put):
    bomb = altered(workbook(["x"]), "xl/worksheets/sheet1.xml", b"\0" * 80_000_000)
    with pytest.raises(Refused, match="太大"):
        put(bomb, "a.xlsx")


def test_a_row_without_end_is_refused_unread(put, monkeypatch):
    monkeypatch.setattr(tables, "LONGEST_ROW", 100_000)
    part, cell = "xl/worksheets/sheet1.xml", "<c><v>1</v></c>"
    row = f'{SHEET}<sheetData><row r="1">{cell * 20_000}</row></sheetData></worksheet>'
    with pytest.raises(Refused, match="太大"):
        put(altered(workbook(["x"]), part, row), "a.xlsx")


def test_a_workbook_with_macros_is_refused(put):
    with pytest.raises(Refused, match="宏"):
        put(altered(workbook(["x"]), "xl/vbaProject.bin", b"MZ"), "a.xlsx")


def test_a_formula_is_read_as_its_last_value(put):
    part = "xl/worksheets/sheet1.xml"
    cells = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row>'
    content = altered(workbook(["x"]), part, f"{SHEET}<sheetData>{cells}</sheetData></worksheet>")
    assert read(put(content, "a.xlsx")) == [["2"]]


DANGEROUS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
]


def written(write, rows, header=("a",)):
    file = io.BytesIO()
    write(file, header, rows)
    return file.getvalue()


@pytest.mark.parametrize("cell", [*DANGEROUS, "\x01=1", "\ufeff=1", "+8613800138000+1", "-5x"])
def test_no_written_cell_is_a_formula(cell):
    lines = written(write_csv, [[cell]]).decode("utf-8-sig")
    assert lines.startswith(("a\r\n'", "a\r\n\"'"))
    book = openpyxl.load_workbook(io.BytesIO(written(write_xlsx, [[cell]])))
    assert book.active["A2"].data_type == "s"
    assert book.active["A2"].value.startswith("'")
    assert written(write_csv, [], [cell]).decode("utf-8-sig").lstrip('"').startswith("'")


@pytest.mark.parametrize(
    "cell", ["+8613800138000", "-12.50", "-5", "王芳", "007", "'quoted'", "a=b"]
)
def test_phone_numbers_and_plain_negative_numbers_stay_readable(cell):
    assert written(write_csv, [[cell]]).decode("utf-8-sig") == f"a\r\n{cell}\r\n"


def test_an_id_of_more_digits_than_excel_keeps_is_written_as_text():
    book = openpyxl.load_workbook(io.BytesIO(written(write_xlsx, [[440301199001011234]])))
    assert book.active["A2"].value == "440301199001011234"


def test_numbers_are_written_as_numbers_and_the_file_stays_open():
    file = io.BytesIO()
    write_csv(file, ["a"], [[-1, 2.5, None]])
    assert file.getvalue().startswith(b"\xef\xbb\xbf")
    assert file.getvalue().decode("utf-8-sig") == "a\r\n-1,2.5,\r\n"
    book = openpyxl.load_workbook(io.BytesIO(written(write_xlsx, [[-1, 2.5, None]])))
    assert [cell.value for cell in book.active[2]] == [-1, 2.5]


@pytest.mark.parametrize(("write", "name"), [(write_csv, "a.csv"), (write_xlsx, "a.xlsx")])
def test_what_was_written_comes_back_and_is_written_the_same(put, write, name):
    header = ["姓名", "号", "话"]
    rows = [[f"王{n}", f"0{n:018}", f'说"好",\n{n}😀'] for n in range(300)]
    rows.append([*DANGEROUS[:2], "+8613800138000"])
    back = read(put(written(write, rows, header), name))
    assert back == [header, *rows]


@bounded
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx"]))
def test_any_bytes_are_a_table_or_refused(tmp_path_factory, content, name):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    try:
        rows = read(open_table(path, name))
    except Refused:
        return
    for cell in (cell for row in rows for cell in row):
        assert cell.isprintable() or not set(cell) & set("\0\x07\r\u202e")


@bounded
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text_can_be_written(row):
    for write in (write_csv, write_xlsx):
        assert written(write, [row])


def test_rows_are_streamed_and_not_collected(put):
    with put(b"a\n" + b"1\n" * 50_000) as table:
        assert [line for line, _ in islice(table.sheet().rows, 2)] == [2, 3]
