"""Strangers' files: made-up names, told apart by content, handed out as harmless, made anew."""

import errno
import io
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core import files, pictures, remaking
from app.core.clock import now
from app.core.errors import Refused
from tests.media import AMR, FILM, HTML, SVG, bomb, picture, wav

EXIF = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"  # makes a WebP say its size up front


@pytest.fixture
def folder(app, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "root", tmp_path)
    return tmp_path


def laid(content, folder="talks"):
    name = files.made_up()
    files.where(folder, name).write_bytes(content)
    return name


def made(kind, content, longest=60):
    """(what was said, the new file, the small one)."""
    source, target = (files.where("talks", n) for n in (laid(content), files.made_up()))
    told = remaking.remake(kind, source, target, longest=longest)
    return told, target, files.small_of(target)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:x", "a" * 31, "", "x\0", "a" * 64]
)
def test_a_name_that_we_did_not_make_has_no_place(folder, name):
    with pytest.raises(ValueError, match="not a name"):
        files.where("talks", name)
    assert list(folder.rglob("*")) == []


def test_what_is_too_large_or_finds_no_room_leaves_nothing_behind(folder):
    path = files.where("talks", files.made_up())
    with pytest.raises(Refused, match="zu viel"):
        files.copy(iter([b"x" * 60, b"x" * 60]), path, most=100, too_large="zu viel")
    assert not path.exists()

    def full():
        yield b"x"
        raise OSError(errno.ENOSPC, "no space left on device")

    with pytest.raises(Refused, match="硬盘满了"):
        files.copy(full(), path, most=100, too_large="")
    assert not path.exists()
    copied = files.copy(iter([b"ab", b"c"]), path, most=3, too_large="")
    assert (copied.size, copied.head, path.read_bytes()) == (3, b"abc", b"abc")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("content", "sort"),
    [
        (picture("PNG"), "png"), (picture("JPEG"), "jpeg"), (picture("GIF"), "gif"),
        (picture("WEBP"), "webp"), (AMR, "amr"), (FILM, "mp4"), (wav(1), "wav"),
        (b"\xff\xfb\x90\x00", "mp3"), (b"ID3\x04", "mp3"), (SVG, ""), (HTML, ""), (b"", ""),
        (b"%PDF-1.7", ""), (b"PK\x03\x04", ""), (b"MZ\x90", ""), (b"<?php", ""), (b"\xff", ""),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_says(content, sort):
    assert files.sort_of(content) == sort


@given(st.binary(max_size=80))
def test_no_bytes_break_the_look_at_them(head):
    sort = files.sort_of(head)
    assert pictures.is_bomb(sort, head) in (True, False)
    for known in ("png", "gif", "webp", "jpeg"):
        pictures.is_bomb(known, head)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_size_that_is_read_is_the_size_that_is(kind):
    more = {"exif": EXIF} if kind == "WEBP" else {}
    head = picture(kind, (321, 123), **more)
    assert pictures._size(files.sort_of(head), head) == (321, 123)


def test_a_bomb_is_known_by_its_first_bytes(folder):
    assert pictures.is_bomb("png", bomb())
    assert not pictures.is_bomb("png", picture())
    assert made("image", bomb())[0].fault == "large"


def test_a_picture_is_drawn_anew_upright_and_without_what_it_carried(folder):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "the customer's address"
    told, path, small = made("image", picture("JPEG", (3000, 1000), exif=exif))
    assert (told.fault, told.kind, told.width, told.height) == ("", "image/jpeg", 853, 2560)
    with Image.open(path) as shown, Image.open(small) as little:
        assert (shown.format, dict(shown.getexif())) == ("JPEG", {})
        assert max(little.size) == 640
    assert b"address" not in path.read_bytes()


@pytest.mark.parametrize("content", [SVG, HTML, picture()[:50], b"GIF89a" + b"\xff" * 40, AMR, b""])
def test_a_broken_or_foreign_picture_is_told_as_broken(folder, content):
    told, path, small = made("image", content)
    assert told.fault == "broken"
    assert not path.exists()
    assert not small.exists()


def test_a_voice_of_the_platform_becomes_mp3(folder):
    told, path, _small = made("voice", AMR)
    assert (told.fault, told.kind, told.seconds) == ("", "audio/mpeg", 2)
    assert files.sort_of(path.read_bytes()) == "mp3"


def test_a_voice_that_is_too_long_or_none_is_told_as_such(folder):
    assert made("voice", wav(5), longest=1)[0].fault == "long"
    assert made("voice", wav(3), longest=2)[0].seconds == 2
    assert made("voice", AMR[:8])[0].fault == "broken"
    assert made("voice", b"#!AMR\n" + b"\xff" * 400)[0].fault == "broken"
    assert made("voice", picture())[0].fault == "broken"


def test_a_film_keeps_its_pictures_and_gets_a_cover(folder):
    told, path, small = made("video", FILM)
    assert (told.kind, told.width, told.height, told.seconds) == ("video/mp4", 320, 240, 2)
    assert files.sort_of(path.read_bytes()) == "mp4"
    with Image.open(small) as cover:
        assert cover.size == (320, 240)
    assert made("video", FILM[:2000])[0].fault == "broken"


def test_a_decoder_that_hangs_or_falls_over_is_a_broken_file(folder, monkeypatch, tmp_path):
    script = tmp_path / "hangs.py"
    monkeypatch.setattr(remaking, "SCRIPT", script)
    monkeypatch.setattr(remaking, "PATIENCE", 0.5)
    for words in (
        "import time; time.sleep(9)",
        "import os; os.abort()",
        "print('{}x')",
        "print([])",
    ):
        script.write_text(words)
        assert made("image", picture())[0].fault == "broken"
    script.write_text("""print('{"fault": "full"}')""")
    with pytest.raises(OSError, match="space"):
        made("image", picture())


def test_the_decoder_sees_nothing_of_ours(folder, monkeypatch, tmp_path):
    script = tmp_path / "tells.py"
    script.write_text(
        "import json, os; open('%s', 'w').write(json.dumps(dict(os.environ)))" % (tmp_path / "said")
    )
    monkeypatch.setattr(remaking, "SCRIPT", script)
    monkeypatch.setenv("SECRET_KEY", "hush")
    made("image", picture())
    assert "hush" not in (tmp_path / "said").read_text()


def test_the_product_itself_never_loads_a_decoder(app):
    ours = (files, remaking)
    assert all(not hasattr(one, name) for one in ours for name in ("av", "Image", "PIL"))
    assert "app.core.remaker" not in sys.modules


def test_old_names_are_told_with_what_lies_beside_them(folder):
    name = laid(b"x")
    files.small_of(files.where("talks", name)).write_bytes(b"y")
    later = now() + timedelta(minutes=1)
    assert [one for some in files.names_before("talks", later) for one in some] == [name]
    assert [
        one for some in files.names_before("talks", now() - timedelta(days=1)) for one in some
    ] == []
    files.forget("talks", name)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("kind", "inline"),
    [
        ("image/jpeg", True), ("audio/mpeg", True), ("video/mp4", True), ("image/svg+xml", False),
        ("text/html", False), ("application/pdf", False), (files.UNKNOWN, False),
    ],
)  # fmt: skip
def test_only_what_we_made_ourselves_is_shown_in_a_page(app, folder, kind, inline):
    path = files.where("talks", laid(b"<script>"))
    with app.test_request_context():
        answer = files.hand_out(path, kind, '奶"粉\u202e.jpg\r\nX: 1'.replace("\r\n", ""))
        answer.close()
    assert answer.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert answer.mimetype == (kind if inline else files.UNKNOWN)
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]


def test_what_is_read_comes_in_pieces():
    assert list(files.pieces_of(io.BytesIO(b"x" * (files.PIECE + 1))))[1] == b"x"
