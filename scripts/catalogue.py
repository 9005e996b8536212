"""Read all sentences out of the code and bring the English catalogue up to date."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
POT = ROOT / "app" / "translations" / "messages.pot"
PO = POT.parent / "en" / "LC_MESSAGES" / "messages.po"
# Headers that change at every run, or that nobody fills in.
RESTLESS = ("Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date", "Last-Translator",
            "Language-Team", "Generated-By")  # fmt: skip
MARKS = [
    part
    for mark in ("_l", "N_", "gettext", "ngettext:1,2", "say_many:1,2")
    for part in ("-k", mark)
]


def main() -> None:
    babel("extract", "-F", "babel.cfg", *MARKS, "--sort-by-file", "--no-wrap", "--no-location",
          "--project", "Shuke", "--version", "0.1.0", "-o", str(POT), ".")  # fmt: skip
    if not PO.exists():
        babel("init", "-i", str(POT), "-d", str(POT.parent), "-l", "en", "--no-wrap")
    babel("update", "-i", str(POT), "-d", str(POT.parent), "-l", "en", "--no-wrap",
          "--no-fuzzy-matching", "--ignore-obsolete")  # fmt: skip
    POT.unlink()
    PO.write_text(settled(PO.read_text(encoding="utf-8")), encoding="utf-8")


def settled(text: str) -> str:
    """The same catalogue with a header that stays as it is from run to run."""
    header, sentences = text.split("\n\n", 1)
    kept = [
        line for line in header.splitlines()
        if not line.startswith("#") and not line[1:].startswith(RESTLESS)
    ]  # fmt: skip
    return "\n".join(["# The sentences of Shuke in English.", *kept]) + "\n\n" + sentences


def babel(*arguments: str) -> None:
    subprocess.run([str(BIN / "pybabel"), "-q", *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
