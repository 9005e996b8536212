"""The flat fields of what the platform posts, read by expat itself: no tree, no document type."""

from xml.parsers import expat

from app.core.forms import clean


class _Reader:
    """Keeps the plain texts one level below the root; what has children, attributes or a second
    one of its name is kept empty."""

    def __init__(self) -> None:
        self.depth = 0
        self.root = ""
        self.fields: dict[str, str] = {}
        self.words: list[str] = []
        self.plain = True

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self.root = name
        elif self.depth == 2:
            self.words.clear()
            self.plain = not attributes and name not in self.fields
        else:
            self.plain = False

    def end(self, name: str) -> None:
        if self.depth == 2:
            self.fields[name] = clean("".join(self.words).strip()) if self.plain else ""
        self.depth -= 1

    def refuse(self, *_declared: object) -> None:
        raise ValueError("document type")


def read(raw: str) -> dict[str, str]:
    """{name: text} of the children of `<xml>`; raises ValueError when there is no such thing."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words.append
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(raw, True)
    except (expat.ExpatError, ValueError) as error:
        raise ValueError("not XML") from error
    if reader.root != "xml":
        raise ValueError("no <xml>")
    return reader.fields
