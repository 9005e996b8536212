"""Write how Chinese characters are read into app/customers/readings.txt, as pypinyin knows it.

The product reads this small file; the library itself would cost every process 16 MB.
"""

from pathlib import Path

from pypinyin import Style, pinyin
from pypinyin.constants import PINYIN_DICT

FILE = Path(__file__).resolve().parent.parent / "app" / "customers" / "readings.txt"
MOST = 3  # of one character; the fourth is in no living name


def main() -> None:
    FILE.write_text(known(), encoding="utf-8")


def known() -> str:
    """One line for all characters with the same readings: "le yue<tab>乐樂", usual one first."""
    alike: dict[str, list[str]] = {}
    for point in sorted(PINYIN_DICT):
        readings = read(chr(point))
        if readings:
            alike.setdefault(" ".join(readings), []).append(chr(point))
    return "".join(f"{readings}\t{''.join(alike[readings])}\n" for readings in sorted(alike))


def read(character: str) -> list[str]:
    found = [
        r
        for reading in pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
        for r in reading
        if r.isascii() and r.isalpha()
    ]
    return list(dict.fromkeys(found))[:MOST]


if __name__ == "__main__":
    main()
