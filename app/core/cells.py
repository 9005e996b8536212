"""What a cell of a table says, read; and what it must not do, written."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

MOST_EXACT = 10**15  # Excel keeps fifteen digits of a number

Value = str | int | float | None

# Invisible, or turning the reading direction of what follows; line ends and tabs stay.
_UNWANTED = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_HARMLESS = re.compile(r"\+[0-9]{5,15}|-[0-9]{1,15}(\.[0-9]{1,10})?")


def read(cell: object) -> str:
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
    return str(cell)


def guarded(cell: Value) -> Value:
    """Return a cell for writing: what a spreadsheet would compute is text behind an apostrophe.

    A plain phone number and a plain negative number stay as they are.
    """
    if not isinstance(cell, str):
        exact = not isinstance(cell, int) or abs(cell) < MOST_EXACT
        return cell if exact else str(cell)
    clean = _UNWANTED.sub("", cell.replace("\r\n", "\n").replace("\r", "\n"))
    # look at both: a formula may hide behind what cleaning takes away
    live = cell.startswith(_LIVE) or clean.startswith(_LIVE)
    return f"'{clean}" if live and not _HARMLESS.fullmatch(clean) else clean


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text)).strip()
    # the apostrophe that our own export put there
    return text[1:] if text.startswith("'") and text[1:].startswith(_LIVE) else text
