"""How names and numbers are spelled and found, each worked out once: there are few, used often.

The tokens of a customer are the union of those of the name, the phones and the texts, so each
piece can be kept by itself.
"""

from collections.abc import Iterable
from functools import lru_cache

from app.customers import identities, words
from app.practice.demo.facts import NUMBERS


def tokens(name: str, phones: Iterable[str], texts: Iterable[str]) -> list[str]:
    """The tokens of the index, as words.tokens() gives them."""
    found = set(_of_name(name))
    for phone in phones:
        if phone:
            found.update(_of_number(phone))
    for text in texts:
        found.update(_of_text(text))
    return sorted(found)


@lru_cache(maxsize=100_000)
def _of_name(name: str) -> tuple[str, ...]:
    return tuple(words.tokens(name))


@lru_cache(maxsize=2 * NUMBERS)
def _of_number(number: str) -> tuple[str, ...]:
    return tuple(words.tokens("", phones=[number]))


@lru_cache(maxsize=1000)
def _of_text(text: str) -> tuple[str, ...]:
    return tuple(words.tokens("", texts=[text]))


@lru_cache(maxsize=NUMBERS)
def international(number: str) -> str:
    return identities.normal_phone(number)


@lru_cache(maxsize=100_000)
def sort_key(name: str) -> str:
    return words.sort_key(name)
