"""Cards: a title, a line below it, and an address that a tap opens. Links, places and files
leave as cards where the channel has them."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from app.inbox.models import Message

KIND = "card"  # of a letter's body

# Handed over in wiring.py, for each channel that has cards: account -> the address at which its
# customers reach us, or "" when they cannot.
bases: dict[str, Callable[[str], str]] = {}


@dataclass(frozen=True)
class Card:
    title: str
    text: str
    url: str

    @property
    def body(self) -> dict[str, object]:
        return {"kind": KIND, **asdict(self)}

    @property
    def words(self) -> str:
        """The same for a channel that takes words alone."""
        return "\n".join(part for part in (self.title, self.text, self.url) if part)


def are_taken(channel: str) -> bool:
    return channel in bases


def base_of(channel: str, account: str) -> str:
    """Where a customer of this account reaches us; "" for nowhere."""
    return bases[channel](account) if channel in bases else ""


def is_address(text: str) -> bool:
    """Whether a browser may be sent there."""
    try:
        found = urlsplit(text)
    except ValueError:
        return False
    return found.scheme in ("http", "https") and bool(found.hostname) and " " not in text


def address_of(message: Message) -> str:
    """Where a link leads that a customer or we sent; "" when that is no address."""
    url = str(message.details.get("url") or "")
    return url if is_address(url) else ""
