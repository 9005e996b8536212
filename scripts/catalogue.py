"""Read all sentences out of the code and bring the English catalogue up to date."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
POT = ROOT / "app" / "translations" / "messages.pot"
MARKS = [part for mark in ("_l", "N_", "gettext", "ngettext:1,2") for part in ("-k", mark)]


def main() -> None:
    babel("extract", "-F", "babel.cfg", *MARKS, "--sort-by-file", "--no-wrap", "--no-location",
          "-o", str(POT), ".")  # fmt: skip
    if not (POT.parent / "en").exists():
        babel("init", "-i", str(POT), "-d", str(POT.parent), "-l", "en", "--no-wrap")
    babel("update", "-i", str(POT), "-d", str(POT.parent), "-l", "en", "--no-wrap",
          "--no-fuzzy-matching", "--ignore-obsolete")  # fmt: skip
    POT.unlink()


def babel(*arguments: str) -> None:
    subprocess.run([str(BIN / "pybabel"), "-q", *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
