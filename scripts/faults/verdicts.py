"""What a drill found: figures, and which of them are not as they must be."""

from dataclasses import dataclass, field


@dataclass
class Verdict:
    figures: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def tell(self, what: str, value: object) -> None:
        self.figures.append(f"{what} {_said(value)}")

    def must(self, what: str, value: object, wanted: object = 0) -> None:
        """A figure that has one right value."""
        self.tell(what, value)
        if value != wanted:
            self.wrong.append(f"{what} is {_said(value)} and must be {_said(wanted)}")

    def at_most(self, what: str, value: float, most: float, unit: str = "") -> None:
        self.tell(what, f"{_said(value)}{unit} (≤ {_said(most)}{unit})")
        if value > most:
            self.wrong.append(f"{what} is {_said(value)}{unit}, more than {_said(most)}{unit}")

    @property
    def is_good(self) -> bool:
        return not self.wrong


def _said(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
