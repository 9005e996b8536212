"""Who sends a request by the drop is cut off; waitress itself minds nothing but silence."""

from time import monotonic

from waitress.channel import HTTPChannel

PATIENCE = 30.0  # seconds in which a request may come as slowly as it likes
PACE = 1000  # bytes a second that it must have reached after that: less than the worst of lines


class Channel(HTTPChannel):  # type: ignore[misc]
    """A line to one browser, or to the platform."""

    began = 0.0  # of the request that is arriving
    got = 0  # bytes of it

    def received(self, data: bytes) -> bool:
        before = self.request
        taken = super().received(data)
        if self.request is not before:
            self.began, self.got = monotonic(), 0
        self.got += len(data)
        if self.request is not None and drips(monotonic() - self.began, self.got):
            self.will_close = True
        return bool(taken)


def drips(seconds: float, got: int) -> bool:
    """Whether nobody means this to arrive."""
    return seconds > PATIENCE and got < PACE * seconds
