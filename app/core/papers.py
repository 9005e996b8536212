"""Documents that people send each other: told by their content, whatever a name says."""

from app.core import files

BEGINNINGS = (
    (b"%PDF-", ("pdf",)),
    (b"PK\x03\x04", ("zip", "docx", "xlsx", "pptx")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("doc", "xls", "ppt", "wps", "et", "dps")),
    (b"Rar!\x1a\x07", ("rar",)), (b"7z\xbc\xaf\x27\x1c", ("7z",)),
)  # fmt: skip
PLAIN = ("txt", "csv")
OF_SORT = {"jpeg": ("jpg", "jpeg"), "ogg": ("ogg", "oga"), "mp4": ("mp4", "m4a", "mov")}
LONGEST = 80  # characters of a name


def endings_of(head: bytes) -> tuple[str, ...]:
    """What a name may end in, the usual one first; () for what no shop sends: programs, pages."""
    for beginning, endings in BEGINNINGS:
        if head.startswith(beginning):
            return endings
    if sort := files.sort_of(head):
        return OF_SORT.get(sort, (sort,))
    return PLAIN if _is_plain(head) else ()


def _is_plain(head: bytes) -> bool:
    """Words without control signs, and no page or program that begins like words."""
    if not head.strip() or head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"#!", b"MZ")):
        return False
    if any(sign < 32 and sign not in b"\t\n\r\f" for sign in head):
        return False
    return any(_reads_as(head, charset) for charset in ("utf-8", "gb18030"))


def _reads_as(head: bytes, charset: str) -> bool:
    for cut in range(4):  # the piece may end in the middle of a sign
        try:
            head[: len(head) - cut].decode(charset)
        except UnicodeDecodeError:
            continue
        return True
    return False


def called(name: str, endings: tuple[str, ...]) -> str:
    """A name to show and to save under: the colleague's own, with an ending that is true."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable()).strip(" .")
    stem, _dot, ending = shown.rpartition(".")
    if stem and ending.lower() in endings:
        return f"{stem[:LONGEST]}.{ending.lower()}"
    return f"{shown[:LONGEST] or 'file'}.{endings[0]}"
