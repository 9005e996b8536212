"""How large a picture says it is, read from its first bytes without decoding anything."""

MOST_PIXELS = 40_000_000  # a phone's largest photo; a bomb says far more
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the JPEG segments that name the size


def is_bomb(sort: str, head: bytes) -> bool:
    """More pixels than anybody's photo. What cannot be read here is left to the decoder."""
    size = _size(sort, head)
    return size is not None and size[0] * size[1] > MOST_PIXELS


def _size(sort: str, head: bytes) -> tuple[int, int] | None:
    if sort == "png" and len(head) >= 24:
        return _big(head, 16, 4), _big(head, 20, 4)
    if sort == "gif" and len(head) >= 10:
        return _little(head, 6, 2), _little(head, 8, 2)
    if sort == "webp" and head[12:16] == b"VP8X" and len(head) >= 30:
        return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
    return _jpeg(head) if sort == "jpeg" else None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        if head[at + 1] in FRAMES:
            return _big(head, at + 7, 2), _big(head, at + 5, 2)
        at += 2 + _big(head, at + 2, 2)
    return None


def _big(head: bytes, at: int, count: int) -> int:
    return int.from_bytes(head[at : at + count], "big")


def _little(head: bytes, at: int, count: int) -> int:
    return int.from_bytes(head[at : at + count], "little")
