"""The mapping page's answers: which sheet counts, and which column is which field."""

from collections.abc import Callable, Sequence

from app.exchange.fields import FIELDS
from app.exchange.models import SheetPlan


def field_name(sheet: int, field: str) -> str:
    """What a select of the page is called."""
    return f"s{sheet}-{field}"


def chosen(sheets: Sequence[SheetPlan], said: Callable[[str], str]) -> list[SheetPlan]:
    """The plans as somebody left them. `said` gives a field of the form, "" for none."""
    return [_plan(number, plan, said) for number, plan in enumerate(sheets)]


def _plan(number: int, plan: SheetPlan, said: Callable[[str], str]) -> SheetPlan:
    columns: dict[str, int] = {}
    for field in FIELDS:
        place = said(field_name(number, field))
        known = place.isascii() and place.isdigit() and len(place) < 4
        if known and int(place) < len(plan["header"]):
            columns[field] = int(place)
    return {**plan, "columns": columns, "use": bool(said(field_name(number, "use")))}
