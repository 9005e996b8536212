"""CSV and XLSX, in and out: hostile files are refused early, and no cell we write is a formula.

Reading streams: a sheet is never held in memory. What is wrong with a CSV file as a whole (its
encoding, an open quote, its size) is told by `open_table`, before a single row was given away.
"""

import csv
import io
import re
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

import openpyxl
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from app.core.errors import N_, Refused

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_LINES = 1_048_576  # what a sheet can have at all; a higher row number is a lie
LONGEST_CELL = 10_000  # characters
LONGEST_FIELD = 2_000_000  # characters that the CSV reader collects before it gives up on a quote
MOST_UNPACKED = 200_000_000  # bytes
MOST_HELD = 40_000_000  # bytes of those parts of a workbook that are read as a whole
MOST_EXACT = 10**15  # Excel keeps fifteen digits of a number
STREAMED = ("xl/worksheets/", "xl/media/")
SUSPECT_SIZE, SUSPECT_RATIO = 20_000_000, 200  # what unfolds like this was made to hurt
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
BLOCK = 100  # rows taken from a workbook at a time

NOT_A_TABLE = N_("这个文件不是能读的表格；请另存为 .xlsx 或 CSV 再上传")
BROKEN = N_("这个表格文件坏了或不完整；请用 Excel 或 WPS 打开，另存为 .xlsx 再上传")
TOO_BIG = N_("这个表格展开后太大；请分成几个文件再上传")
MACROS = N_("这个表格带有宏；请另存为不带宏的 .xlsx 再上传")
NO_ENCODING = N_("认不出这个文件的文字编码；请另存为“CSV UTF-8”再上传")
OPEN_QUOTE = N_("第 %(line)s 行的引号没有成对；请改好这一行，或另存为 .xlsx 再上传")
TOO_WIDE = N_("第 %(line)s 行超过 %(most)s 列；请删去不需要的列再上传")
TOO_LONG = N_("表格超过 %(most)s 行；请分成几个文件再上传")
EMPTY = N_("表格里没有内容；第一行要写每一列的名称")
NO_SHEET = N_("表格里没有“%(name)s”这一页；请重新选择")

# Invisible, or turning the reading direction of what follows; line ends and tabs stay.
_UNWANTED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_HARMLESS = re.compile(r"\+[0-9]{5,15}|-[0-9]{1,15}(\.[0-9]{1,10})?")

Row = tuple[int, list[str]]
Raw = Iterator[tuple[int, Sequence[object]]]
Value = str | int | float | None

csv.field_size_limit(LONGEST_FIELD)


@dataclass(slots=True)
class Sheet:
    """One sheet: its first row that holds anything, and the rows after it, to be read once.

    Rows are (line number in the file, cells); empty rows are left out, short ones filled up to
    the header's width, longer ones kept. `cut` gathers, while rows are read, the lines in which a
    cell was cut down to 10,000 characters.
    """

    name: str
    header: list[str] = field(default_factory=list)
    rows: Iterator[Row] = iter(())
    cut: set[int] = field(default_factory=set)


class Table:
    """An opened file, one sheet or several; `encoding` and `delimiter` are empty for a workbook."""

    encoding = ""
    delimiter = ""
    names: list[str]

    def sheet(self, name: str | None = None, *, after: int = 0) -> Sheet:
        """Return a sheet (the first by default); its rows begin behind the line `after`.

        Raises Refused for a sheet that is not there or empty; so do its rows, where the file
        turns out to be broken or too long.
        """
        chosen = self.names[0] if name is None and self.names else name
        if chosen not in self.names:
            raise Refused(NO_SHEET, name=chosen or "")
        sheet, raw = Sheet(chosen), _bounded(self._raw(chosen))
        for line, cells in raw:
            sheet.header = _cleaned(line, cells, sheet)
            if sheet.header:
                sheet.rows = _rows(raw, sheet, after)
                return sheet
        raise Refused(EMPTY)

    def close(self) -> None:
        """Let go of the file; `with` does it too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def _raw(self, name: str) -> Raw:
        raise NotImplementedError


def open_table(path: Path, filename: str) -> Table:
    """Open the uploaded file `path`, called `filename` by its sender, by what it contains.

    Raises Refused for anything but CSV (UTF-8, UTF-16 with a mark, GB18030) and XLSX.
    """
    suffix = Path(filename.lower()).suffix
    if suffix not in SUFFIXES:
        raise Refused(NOT_A_TABLE)
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(b"PK"):
        return _Workbook(path)
    if suffix == ".xlsx" or start.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Refused(NOT_A_TABLE)
    return _Csv(path)


def write_csv(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write UTF-8 with a mark, so that Excel reads Chinese; `file` stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(map(_guarded, header))
    writer.writerows(map(_guarded, row) for row in rows)
    text.detach()


def write_xlsx(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write one sheet; text stays text, so ids keep their zeros. `file` stays open."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([_guarded(cell) for cell in header])
    for row in rows:
        sheet.append([_guarded(cell) for cell in row])
    book.save(file)


class _Csv(Table):
    def __init__(self, path: Path) -> None:
        self._path = path
        self.encoding = _encoding(path)
        self.delimiter = _delimiter(path, self.encoding)
        self.names = [""]
        for _ in _bounded(self._raw("")):
            pass  # an open quote in the last line must not be found with half the file imported

    def _raw(self, name: str) -> Raw:
        with self._path.open(encoding=self.encoding, newline="") as file:
            reader, line = csv.reader(file, delimiter=self.delimiter, strict=True), 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            except csv.Error as error:
                raise Refused(OPEN_QUOTE, line=line) from error


class _Workbook(Table):
    def __init__(self, path: Path) -> None:
        _check_parts(path)
        # an open file, because openpyxl judges a path by a suffix that stored uploads do not have
        self._file = path.open("rb")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what openpyxl leaves out we do not ask for
                book = openpyxl.load_workbook(self._file, True, data_only=True, keep_links=False)
        except Exception as error:  # a hostile file fails in more ways than can be listed
            self._file.close()
            raise Refused(BROKEN) from error
        readable = (s for s in book.worksheets if isinstance(s, ReadOnlyWorksheet))
        self._sheets = {sheet.title: sheet for sheet in readable}
        self.names = list(self._sheets)

    def close(self) -> None:
        self._file.close()

    def _raw(self, name: str) -> Raw:
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        rows = sheet.iter_rows(values_only=True)
        line = 0
        while block := _block(rows):
            yield from enumerate(block, line + 1)
            line += len(block)
            if line > MOST_LINES:
                raise Refused(BROKEN)


def _block(rows: Iterator[Sequence[object]]) -> list[Sequence[object]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(islice(rows, BLOCK))
    except Exception as error:
        raise Refused(BROKEN) from error


def _check_parts(path: Path) -> None:
    """Refuse a bomb by what its table of contents admits; zipfile holds every part to it."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
    except Exception as error:
        raise Refused(BROKEN) from error
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise Refused(MACROS)
    total = sum(part.file_size for part in parts)
    held = sum(part.file_size for part in parts if not part.filename.startswith(STREAMED))
    sizes = [(total, path.stat().st_size), *((p.file_size, p.compress_size) for p in parts)]
    bomb = any(size > SUSPECT_SIZE and size > SUSPECT_RATIO * small for size, small in sizes)
    if bomb or total > MOST_UNPACKED or held > MOST_HELD:
        raise Refused(TOO_BIG)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            with path.open(encoding=encoding, newline="") as text:
                while text.read(1 << 20):
                    pass
        except UnicodeError:
            continue
        return encoding
    raise Refused(NO_ENCODING)


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline=None) as text:
        first = next((line for line in text.read(1 << 16).split("\n") if line.strip()), "")
    bare = re.sub('"[^"]*"', "", first)
    return max(",;\t", key=bare.count)


def _bounded(raw: Raw) -> Raw:
    """Pass on the rows that hold anything; refuse more of them than a shop can mean."""
    count = 0
    for line, cells in raw:
        if not any(map(_filled, cells)):
            continue
        count += 1
        if any(map(_filled, cells[MOST_COLUMNS:])):
            raise Refused(TOO_WIDE, line=line, most=MOST_COLUMNS)
        if count > MOST_ROWS + 1:
            raise Refused(TOO_LONG, most=MOST_ROWS)
        yield line, cells[:MOST_COLUMNS]


def _filled(cell: object) -> bool:
    return cell is not None and cell != ""


def _rows(raw: Raw, sheet: Sheet, after: int) -> Iterator[Row]:
    width = len(sheet.header)
    for line, cells in raw:
        # a resumed import passes over what it has done without looking at the cells
        if line > after and (row := _cleaned(line, cells, sheet)):
            yield line, row + [""] * (width - len(row))


def _cleaned(line: int, cells: Sequence[object], sheet: Sheet) -> list[str]:
    row = [_text(cell) for cell in cells]
    while row and not row[-1]:
        row.pop()
    for place, text in enumerate(row):
        if len(text) > LONGEST_CELL:
            row[place] = text[:LONGEST_CELL]
            sheet.cut.add(line)
    return row


def _text(cell: object) -> str:
    """Return a cell as a shop would type it: 13800138000, 0.3, 2024-03-05, 2024-03-05 14:30."""
    match cell:
        case None:
            return ""
        case str():
            return _clean(cell)
        case bool():
            return str(cell).upper()
        case float():
            # Excel keeps fifteen digits; a sixteenth is an echo of the binary fraction
            return format(Decimal(format(cell, ".15g")), "f")
        case datetime():
            return cell.isoformat(" ", "minutes").removesuffix(" 00:00")
        case time():
            return cell.isoformat("minutes")
    return str(cell)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()
    # the apostrophe that our own export put there
    return text[1:] if text.startswith("'") and text[1:].startswith(_LIVE) else text


def _guarded(cell: Value) -> Value:
    if not isinstance(cell, str):
        exact = not isinstance(cell, int) or abs(cell) < MOST_EXACT
        return cell if exact else str(cell)
    clean = _UNWANTED.sub("", cell.replace("\r\n", "\n").replace("\r", "\n"))
    # look at both: a formula may hide behind what cleaning takes away
    live = cell.startswith(_LIVE) or clean.startswith(_LIVE)
    return f"'{clean}" if live and not _HARMLESS.fullmatch(clean) else clean
