"""Files that strangers send: good ones, broken ones, and some that mean harm."""

import io
import struct
import wave
import zlib

from PIL import Image

from app.config import ROOT

AMR = (ROOT / "app/practice/media/hello.amr").read_bytes()
FILM = (ROOT / "app/practice/media/shelf.mp4").read_bytes()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def picture(kind="PNG", size=(60, 40), **more):
    made = io.BytesIO()
    Image.new("RGB", size, "#0f766e").save(made, kind, **more)
    return made.getvalue()


def bomb(side=50_000):
    """A PNG of a few bytes that says it has 50,000 × 50,000 pixels."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    )


def wav(seconds=2, rate=8000):
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\0\x10" * rate * seconds)
    return made.getvalue()
