"""Run as a script by remaking.py: decode one stranger's file, write it anew, say what it was.

Never imported by the product: av and Pillow would stay in memory. Arguments: image | voice | video,
its sort, the file, where the new one goes, where a small picture goes, the most seconds, the most
pixels. Whatever goes wrong ends it with an error, and that is an answer, too.
"""

import errno
import json
import resource
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import av
from PIL import Image, ImageOps

MOST_MEMORY = 900 * 1024 * 1024  # addresses; the largest picture takes two thirds of it
MOST_SECONDS = 30  # of thinking and of waiting
MOST_WRITTEN = 40 * 1024 * 1024
LONGEST_SIDE, SMALL_SIDE = 2560, 640
RATE, BITS = 24_000, 48_000  # of a voice: a minute is 360 KB
SLACK = 3  # seconds that a recorder may stop late
READERS = {
    "amr": "amr", "mp3": "mp3", "ogg": "ogg", "webm": "matroska", "wav": "wav", "mp4": "mov",
}  # fmt: skip
FORMATS = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "webp": "WEBP"}

Told = dict[str, str | int]


@dataclass(frozen=True)
class Asked:
    sort: str
    source: str
    target: str
    small: str
    seconds: int
    pixels: int


def confine() -> None:
    """What a bomb may take before it is gone."""
    signal.alarm(MOST_SECONDS)
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def image(asked: Asked) -> Told:
    """The first frame, upright, at most LONGEST_SIDE, without whatever else was in the file."""
    with Image.open(asked.source, formats=(FORMATS[asked.sort],)) as found:
        if found.width * found.height > asked.pixels:
            return {"fault": "large"}
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        ImageOps.exif_transpose(found, in_place=True)
        whole = found if found.mode in ("RGB", "L", "RGBA") else found.convert("RGBA")
        whole.thumbnail((LONGEST_SIDE, LONGEST_SIDE))  # before anything copies it
        flat = _on_white(whole)
    flat.save(asked.target, "JPEG", quality=88)
    told: Told = {"width": flat.width, "height": flat.height}
    _save_small(flat, asked)
    return told


def _save_small(picture: Image.Image, asked: Asked) -> None:
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
    picture.save(asked.small, "JPEG", quality=80)


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    paper = Image.new("RGB", clear.size, "white")
    paper.paste(clear, mask=clear.getchannel("A"))
    return paper


def voice(asked: Asked) -> Told:
    """One channel of mp3, cut after the most seconds."""
    samples, most = 0, asked.seconds * RATE
    shaper = av.AudioResampler(format="s16p", layout="mono", rate=RATE)
    with (
        av.open(asked.source, format=READERS[asked.sort]) as heard,
        av.open(asked.target, "w", format="mp3") as written,
    ):
        line = written.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=BITS)
        for frame in chain(_frames(heard), (None,)):
            for piece in shaper.resample(frame):
                samples += piece.samples
                piece.pts = None
                if samples <= most:
                    written.mux(line.encode(piece))
        written.mux(line.encode(None))
    if not samples or samples > most + SLACK * RATE:
        return {"fault": "long" if samples else "broken"}
    return {"seconds": max(1, round(min(samples, most) / RATE))}


def _frames(heard: Any) -> Iterator[Any]:
    for frame in heard.decode(audio=0):
        frame.pts = None  # a recorder's own counting has gaps
        yield frame


def video(asked: Asked) -> Told:
    """Picture and sound as they are, in a container of our own, and a cover: its first picture."""
    with av.open(asked.source, format=READERS[asked.sort]) as film:
        line = film.streams.video[0]
        seconds = round((film.duration or 0) / av.time_base)
        if line.width * line.height > asked.pixels or seconds > asked.seconds:
            return {"fault": "long" if seconds > asked.seconds else "large"}
        cover: Any = next(film.decode(line))
        _save_small(cover.to_image(), asked)
        told: Told = {"width": line.width, "height": line.height, "seconds": seconds}
    with (
        av.open(asked.source, format=READERS[asked.sort]) as film,
        av.open(asked.target, "w", format="mp4", options={"movflags": "faststart"}) as written,
    ):
        kept = [*film.streams.video[:1], *film.streams.audio[:1]]
        copies = {one.index: written.add_stream_from_template(one) for one in kept}
        for packet in film.demux(kept):
            if packet.dts is not None:  # the empty one at the end
                packet.stream = copies[packet.stream.index]
                written.mux(packet)
    return told


def main() -> None:
    kind, sort, source, target, small, seconds, pixels = sys.argv[1:]
    confine()
    Image.MAX_IMAGE_PIXELS = None  # we ask ourselves, and say why
    make = {"image": image, "voice": voice, "video": video}[kind]
    try:
        told = make(Asked(sort, source, target, small, int(seconds), int(pixels)))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        told = {"fault": "full"}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
