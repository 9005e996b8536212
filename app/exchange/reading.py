"""What an uploaded file holds: its sheets with guessed columns, and its rows piece by piece."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from app.core.clock import today
from app.core.errors import N_, Refused
from app.core.tables import EMPTY, Table, open_table
from app.exchange.fields import WHO, guess
from app.exchange.lines import Line, understand
from app.exchange.models import SheetPlan

MOST_SHEETS = 20
LOOKED_AT = 6  # rows among which the heading may stand, below a title that spans the sheet
SAMPLES = 5
SAMPLE_CELL = 200  # characters of a cell that the preview keeps
PIECE = 100  # rows read into memory before the database is asked for anything

NO_ROWS = N_("表格里只有标题，没有数据；请在标题下面填上客户再上传")


@dataclass(frozen=True, slots=True)
class Read:
    """One row of the file, understood or refused."""

    place: int  # in the order of work
    sheet: int  # in the run's sheets
    line: int
    cells: list[str]
    said: Line | Refused


def look(path: Path, filename: str) -> list[SheetPlan]:
    """The sheets of a file that hold rows, with what their columns seem to mean."""
    with open_table(path, filename) as table:
        plans = [p for name in table.names[:MOST_SHEETS] if (p := _plan(table, name))]
    if not plans:
        raise Refused(NO_ROWS)
    return plans


def _plan(table: Table, name: str) -> SheetPlan | None:
    try:
        sheet = table.sheet(name)
    except Refused as no:
        if no.message == EMPTY and len(table.names) > 1:
            return None
        raise
    top = [(0, sheet.header), *islice(sheet.rows, LOOKED_AT + SAMPLES)]
    if len(top) == 1:
        return None
    place = _heading([cells for _line, cells in top[:LOOKED_AT]])
    after, header = top[place]
    columns = guess(header)
    return {
        "name": name, "use": any(field in columns for field in WHO), "after": after,
        "header": [title[:SAMPLE_CELL] for title in header], "columns": columns,
        "sample": [_short(cells) for _line, cells in top[place + 1 : place + 1 + SAMPLES]],
    }  # fmt: skip


def _heading(rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows names most columns; the first of all when none does."""
    known = [len(guess(cells)) for cells in rows]
    return known.index(max(known))


def _short(cells: Sequence[str]) -> list[str]:
    return [cell[:SAMPLE_CELL] for cell in cells]


def assign(plan: SheetPlan, field: str, place: int) -> None:
    """Somebody says that this column is that field; it is nothing else then."""
    kept = {f: p for f, p in plan["columns"].items() if p != place}
    plan["columns"] = {**kept, field: place}
    plan["use"] = any(f in plan["columns"] for f in WHO)


def in_order(sheets: Sequence[SheetPlan]) -> list[int]:
    """Customers before purchases, so that a purchase finds its customer by name; and what says of
    itself that it gives back after what was bought."""
    used = [i for i, sheet in enumerate(sheets) if sheet["use"]]
    return sorted(used, key=lambda i: (*_kind_of(sheets[i]), i))


def _kind_of(sheet: SheetPlan) -> tuple[bool, bool]:
    return "date" in sheet["columns"], "退" in sheet["name"]


def check_columns(sheets: Sequence[SheetPlan]) -> None:
    """Refuse a mapping by which no row could be understood."""
    if not any(sheet["use"] for sheet in sheets):
        raise Refused(N_("还没有选要导入的表；请至少勾选一张"))
    for sheet in sheets:
        if sheet["use"]:
            _check_sheet(sheet)


def _check_sheet(sheet: SheetPlan) -> None:
    columns, name = sheet["columns"], sheet["name"]
    if not any(field in columns for field in WHO):
        raise Refused(N_("还不知道哪一列是称呼或手机；请选出来 %(sheet)s"), sheet=name)
    if "amount" in columns and "date" not in columns:
        raise Refused(N_("有金额还要有日期；请选出日期列，或不导入金额 %(sheet)s"), sheet=name)
    places = list(columns.values())
    twice = next((p for p in places if places.count(p) > 1), None)
    if twice is not None:
        title = sheet["header"][twice] if twice < len(sheet["header"]) else ""
        raise Refused(N_("“%(column)s”这一列选了两次；一列只能当一种内容"), column=title)


def preview(sheet: SheetPlan) -> list[Line | Refused]:
    """The first rows as they would be."""
    return [said(cells, sheet["columns"], today()) for cells in sheet["sample"]]


def left_out(sheet: SheetPlan, most: int = 20) -> list[str]:
    """The named columns that mean nothing here."""
    used = set(sheet["columns"].values())
    named = [title for place, title in enumerate(sheet["header"]) if title and place not in used]
    return named[:most]


def walk(
    path: Path, filename: str, sheets: Sequence[SheetPlan], place: int = 0, line: int = 0
) -> Iterator[list[Read]]:
    """The rows behind a position, a piece at a time, in the order of work."""
    with open_table(path, filename) as table:
        for at, index in list(enumerate(in_order(sheets)))[place:]:
            plan, day = sheets[index], today()
            after = max(plan["after"], line if at == place else 0)
            rows = table.sheet(plan["name"], after=after).rows
            while piece := list(islice(rows, PIECE)):
                yield [
                    Read(at, index, number, cells, said(cells, plan["columns"], day))
                    for number, cells in piece
                ]


def said(cells: Sequence[str], columns: Mapping[str, int], day: date) -> Line | Refused:
    """What a row says, or why it cannot be understood."""
    try:
        return understand(cells, columns, day)
    except Refused as no:
        return no
