"""CSV and XLSX, in and out: hostile files are refused early, and no cell we write is a formula.

Reading streams: a sheet is never held in memory. What is wrong with a CSV file as a whole (its
encoding, an open quote, its size) is told by `open_table`, before a single row was given away.
"""

import csv
import io
import re
import warnings
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Self

from app.core.cells import Value, guarded, read
from app.core.errors import N_, Refused

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_LINES = 1_048_576  # what a sheet can have at all; a higher row number is a lie
LONGEST_CELL = 10_000  # characters
LONGEST_FIELD = 2_000_000  # characters that the CSV reader collects before it gives up on a quote
MOST_UNPACKED = 200_000_000  # bytes
MOST_HELD = 40_000_000  # bytes of those parts of a workbook that are read as a whole
SHEETS, PICTURES = "xl/worksheets/", "xl/media/"
SUSPECT_SIZE, SUSPECT_RATIO = 20_000_000, 200  # what unfolds like this was made to hurt
SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx")
LONGEST_ROW = 8_000_000  # bytes of a workbook's row, which its reader holds as a whole
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

Row = tuple[int, list[str]]
Raw = Iterator[tuple[int, Sequence[object]]]

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


class Table(ABC):
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

    def close(self) -> None:  # noqa: B027 - a text file is open only while it is read
        """Let go of the file; `with` does it too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    @abstractmethod
    def _raw(self, name: str) -> Raw: ...


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
    try:
        csv.writer(text).writerows(map(guarded, row) for row in chain([header], rows))
    finally:
        text.detach()  # or the wrapper would close what is not ours


def write_xlsx(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Write one sheet; text stays text, so ids keep their zeros. `file` stays open."""
    book = _openpyxl("workbook").Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in chain([header], rows):
        sheet.append([guarded(cell) for cell in row])
    book.save(file)


def _openpyxl(part: str) -> Any:
    """A part of openpyxl, loaded with the first workbook: with Pillow it weighs 9 MB."""
    return import_module(f"openpyxl.{part}")


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
        with ExitStack() as closing, _explained():
            closing.callback(self._file.close)
            book = _openpyxl("reader.excel").load_workbook(
                self._file, True, data_only=True, keep_links=False
            )
            closing.pop_all()
        kind = _openpyxl("worksheet._read_only").ReadOnlyWorksheet
        readable = (s for s in book.worksheets if isinstance(s, kind))
        self._sheets = {sheet.title: sheet for sheet in readable}
        self.names = list(self._sheets)

    def close(self) -> None:
        self._file.close()

    def _raw(self, name: str) -> Raw:
        sheet = self._sheets[name]
        sheet.reset_dimensions()  # what the file says of its size may be a lie
        rows = sheet.iter_rows(values_only=True)
        for start in range(1, MOST_LINES + 1, BLOCK):
            with _explained():
                block = list(islice(rows, BLOCK))
            yield from enumerate(block, start)
            if len(block) < BLOCK:
                return
        raise Refused(BROKEN)


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what openpyxl stumbles over into a reason, and leave out its warnings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Refused:
        raise
    except Exception as error:  # a hostile file fails in more ways than can be listed
        raise Refused(BROKEN) from error


def _check_parts(path: Path) -> None:
    """Refuse a bomb by what its table of contents admits; zipfile holds every part to it."""
    with _explained(), zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        _check_sizes(parts, path.stat().st_size)
        for part in parts:
            if part.filename.startswith(SHEETS):
                with packed.open(part) as xml:
                    _check_rows(xml)


def _check_sizes(parts: Sequence[zipfile.ZipInfo], packed: int) -> None:
    if any("vbaproject" in part.filename.lower() for part in parts):
        raise Refused(MACROS)
    total = sum(part.file_size for part in parts)
    held = sum(part.file_size for part in parts if not part.filename.startswith((SHEETS, PICTURES)))
    sizes = [(total, packed), *((p.file_size, p.compress_size) for p in parts)]
    bomb = any(size > SUSPECT_SIZE and size > SUSPECT_RATIO * small for size, small in sizes)
    if bomb or total > MOST_UNPACKED or held > MOST_HELD:
        raise Refused(TOO_BIG)


def _check_rows(xml: IO[bytes]) -> None:
    """Refuse a sheet whose rows are endless, or hide behind comments, before anything builds it."""
    since, edge = 0, b""
    while chunk := xml.read(1 << 16):
        seen = edge + chunk
        start = seen.rfind(b"<row")
        since = since + len(chunk) if start < 0 else len(seen) - start
        if since > LONGEST_ROW or b"<!" in seen:
            raise Refused(TOO_BIG if since > LONGEST_ROW else BROKEN)
        edge = seen[-3:]


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
    with path.open(encoding=encoding) as text:
        first = text.read(1 << 16).lstrip("\n").partition("\n")[0]
    return max(",;\t", key=re.sub('"[^"]*"', "", first).count)


def _bounded(raw: Raw) -> Raw:
    """Pass on the rows that hold anything; refuse more of them than a shop can mean."""
    count = 0
    for line, cells in raw:
        if all(cell in (None, "") for cell in cells):
            continue
        count += 1
        if any(cell not in (None, "") for cell in cells[MOST_COLUMNS:]):
            raise Refused(TOO_WIDE, line=line, most=MOST_COLUMNS)
        if count > MOST_ROWS + 1:
            raise Refused(TOO_LONG, most=MOST_ROWS)
        yield line, cells[:MOST_COLUMNS]


def _rows(raw: Raw, sheet: Sheet, after: int) -> Iterator[Row]:
    width = len(sheet.header)
    for line, cells in raw:
        # a resumed import passes over what it has done without looking at the cells
        if line > after and (row := _cleaned(line, cells, sheet)):
            yield line, row + [""] * (width - len(row))


def _cleaned(line: int, cells: Sequence[object], sheet: Sheet) -> list[str]:
    row = [read(cell) for cell in cells]
    while row and not row[-1]:
        row.pop()
    for place, text in enumerate(row):
        if len(text) > LONGEST_CELL:
            row[place] = text[:LONGEST_CELL]
            sheet.cut.add(line)
    return row
