"""Run as a script by remaking.py: say whether a picture of ours shows a QR code.

It looks for the three squares of a code, each dark and light as 1:1:3:1:1, that stand at the
corners of a right angle. What the code says is not read. Never imported by the product.
"""

import json
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from math import dist
from typing import Any

from PIL import Image, ImageChops, ImageFilter

MOST_MEMORY, MOST_SECONDS = 600 * 1024 * 1024, 15
SIDE = 1000  # pixels that are enough for a screenshot with a code in it
SHARES = (1, 1, 3, 1, 1)
MOST_SQUARES, MOST_PLACES = 14, 300
Square = tuple[float, float, float]  # x, y, width of a module


def confine() -> None:
    signal.alarm(MOST_SECONDS)
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        resource.setrlimit(what, (most, most))


def shows_code(path: str) -> bool:
    with Image.open(path, formats=("JPEG",)) as found:
        found.draft("L", (SIDE, SIDE))
        grey = found.convert("L")
    grey.thumbnail((SIDE, SIDE))
    return any(_has_corner(_squares(dark)) for dark in _darks(grey))


def _darks(grey: Image.Image) -> Iterator[Image.Image]:
    """What is dark: by the whole picture's middle, and by the surroundings of each point."""
    extremes: Any = grey.getextrema()
    yield grey.point([255 if one < sum(extremes) / 2 else 0 for one in range(256)])
    for radius in (20, 70):
        around = grey.filter(ImageFilter.BoxBlur(radius))
        yield ImageChops.subtract(around, grey, offset=-8).point(lambda one: 255 if one else 0)


def _squares(dark: Image.Image) -> list[Square]:
    width, height = dark.size
    rows, columns = dark.tobytes(), dark.transpose(Image.Transpose.TRANSPOSE).tobytes()
    found: list[list[Square]] = []
    for y in range(height):
        for x, unit in _centres(rows[y * width : (y + 1) * width]):
            column = columns[int(x) * height : (int(x) + 1) * height]
            across = [(at, one) for at, one in _centres(column) if abs(at - y) < 2 * unit]
            if across and 0.6 < across[0][1] / unit < 1.6:
                _gather(found, (x, across[0][0], unit))
    found.sort(key=len, reverse=True)
    clear = [group for group in found if len(group) >= 1.8 * group[0][2]]
    return [group[len(group) // 2] for group in clear[:MOST_SQUARES]]


def _centres(line: bytes) -> Iterator[tuple[float, float]]:
    """Middle and module of each place where dark and light change as in a square of a code."""
    runs = [(value, len(list(same))) for value, same in groupby(line)]
    at = 0
    for place, (value, length) in enumerate(runs):
        five = [one for _value, one in runs[place : place + 5]]
        if value and len(five) == 5 and _is_square(five):
            yield at + sum(five[:2]) + five[2] / 2, sum(five) / 7
        at += length


def _is_square(five: Sequence[int]) -> bool:
    unit = sum(five) / 7
    return unit >= 1.6 and all(
        abs(length - share * unit) <= max(1, share * unit * 0.5)
        for length, share in zip(five, SHARES, strict=True)
    )


def _gather(found: list[list[Square]], square: Square) -> None:
    for group in found:
        if dist(group[0][:2], square[:2]) < 2.5 * square[2]:
            group.append(square)
            return
    if len(found) < MOST_PLACES:  # of so many none is a square: it is noise
        found.append([square])


def _has_corner(squares: Sequence[Square]) -> bool:
    for three in combinations(squares, 3):
        units = [one[2] for one in three]
        if max(units) > 1.7 * min(units):
            continue
        a, b, c = sorted(dist(one[:2], two[:2]) for one, two in combinations(three, 2))
        if a > 9 * min(units) and b < 1.3 * a and 1.2 * a < c < 1.65 * b:
            return True
    return False


def main() -> None:
    confine()
    Image.MAX_IMAGE_PIXELS = None  # a picture of our own making
    json.dump({"code": shows_code(sys.argv[1])}, sys.stdout)


if __name__ == "__main__":
    main()
