"""The errors that verbs raise and the edge explains."""

from datetime import datetime


def N_(message: str) -> str:
    """Mark a sentence for translation; the edge translates it in the reader's language."""
    return message


class Refused(Exception):
    """The world says no: `message` is a source sentence (原因 + 怎么办), `params` fill it.

    `field` names the form field that the sentence belongs to, where there is one.
    """

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.field = field
        self.params = params


class DeliveryFailed(Exception):
    """A letter was refused. `permanent` letters are not tried again.

    With `until` the way itself is closed until then: this spends none of the letter's tries.
    """

    def __init__(self, reason: str, *, permanent: bool, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.code = code
        self.until: datetime | None = None


class DeliveryUnknown(Exception):
    """The request may have arrived: a person decides whether it is sent again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
