"""A file that is not exactly what was written is refused, with the reason."""

import hashlib
import io
import random
import tarfile

import pytest

from app.core.backup import packing, reading
from app.core.backup.packing import Pack, Unpack, header
from app.core.errors import Refused
from tests.core.backup.conftest import PASSPHRASE


def left_over(place):
    """What a trial may not leave behind."""
    folder = place.database.parent if place.database else place.instance
    return [p.name for p in folder.iterdir() if p.name.endswith(".part")]


def damaged(data, chance):
    """Cut somewhere, a byte turned, a piece left out, doubled, or filled with zeros."""
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.randrange(1, 4000))
    ways = [
        data[:at],
        data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :],
        data[:at] + data[end:],
        data[:end] + data[at:],
        data + b"\0" * chance.randrange(1, 2000),
    ]
    return ways[chance.randrange(len(ways))]


@pytest.mark.parametrize("kind", ["backup", "sealed"])
def test_a_hundred_damaged_files_are_refused_a_hundred_times(kind, place, request, tmp_path):
    good = request.getfixturevalue(kind).read_bytes()
    chance, bad, reasons = random.Random(kind), tmp_path / "bad.backup", []
    for _try in range(100):
        bad.write_bytes(damaged(good, chance))
        with pytest.raises(Refused) as no:
            reading.verify(place, bad, passphrase=PASSPHRASE)
        reasons.append(str(no.value))
    assert len(reasons) == 100
    assert all("。" in reason for reason in reasons)
    assert left_over(place) == []


def test_every_single_byte_counts(tmp_path):
    """A small backup, one byte after another turned: none of them is without meaning."""
    good = _packed(tmp_path, {"media/a": b"hello", "instance/secret_key": b"k" * 48})
    for at in range(0, len(good), 3):
        bad = good[:at] + bytes([good[at] ^ 0x20]) + good[at + 1 :]
        with pytest.raises(Refused):
            _read(bad)


def test_a_cut_after_any_block_is_seen(tmp_path):
    good = _packed(tmp_path, {"media/a": b"hello", "instance/secret_key": b"k" * 48})
    assert _read(good) == {"media/a": b"hello", "instance/secret_key": b"k" * 48}
    for at in range(0, len(good), 256):
        with pytest.raises(Refused):
            _read(good[:at])


@pytest.mark.parametrize(
    "name",
    [
        "../evil", "media/../../evil", "/etc/passwd", "media//a", "media/./a", "media/a/..", "evil",
        "instance/a/b", "database/../x.gz", "tables/Staff/000001.gz", "media/a\\..\\b", "media/",
        "C:/a", "secret_key",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(Refused, match="不该有的名字"):
        _read(_packed(tmp_path, {name: b"x"}))


def test_a_link_is_refused(tmp_path):
    good = _packed(tmp_path, {"media/a": b""})
    info = tarfile.TarInfo("media/a")
    info.type, info.linkname, info.mode = tarfile.SYMTYPE, "/etc/passwd", 0o600
    with pytest.raises(Refused):
        _read(good.replace(header("media/a", 0), info.tobuf(tarfile.USTAR_FORMAT)))


def test_a_missing_member_is_seen_even_when_the_seal_is_made_anew(tmp_path):
    whole = _packed(tmp_path, {"media/a": b"hello", "media/b": b"there"})
    lost = header("media/a", 5) + b"hello" + bytes(507)
    assert lost in whole
    cut = whole.replace(lost, b"")
    body = cut[: cut.index(header(packing.SEAL, 64))]
    seal = hashlib.sha256(body).hexdigest().encode()
    again = body + header(packing.SEAL, 64) + seal + bytes(448 + 1024)
    with pytest.raises(Refused, match="清单"):
        _read(again)


def test_a_wrong_passphrase_and_none_are_told_apart(place, sealed):
    with pytest.raises(Refused, match="口令不对"):
        reading.verify(place, sealed, passphrase="another passphrase")
    with pytest.raises(Refused, match="请给出口令"):
        reading.verify(place, sealed)


@pytest.mark.parametrize("content", [b"", b"\0", b"PK\x03\x04 a zip", b"\0" * 5000, b"shuke" * 300])
def test_what_is_not_ours_is_said_so(place, tmp_path, content):
    file = tmp_path / "strange"
    file.write_bytes(content)
    with pytest.raises(Refused, match="不是熟客的备份|不完整"):
        reading.verify(place, file)


def test_somebody_elses_tar_is_not_ours(place, tmp_path):
    file = tmp_path / "other.tar"
    with tarfile.open(file, "w") as tar:
        tar.addfile(tarfile.TarInfo("README"))
    with pytest.raises(Refused, match="不是熟客的备份"):
        reading.verify(place, file)


def test_a_file_that_is_not_there_is_said_so(place, tmp_path):
    with pytest.raises(Refused, match="没有"):
        reading.verify(place, tmp_path / "nowhere")


def test_a_piece_never_unpacks_to_more_than_a_piece(tmp_path):
    bomb = packing.gzip.compress(bytes(64 << 20), 9, mtime=0)
    unpack = Unpack(io.BytesIO(_packed(tmp_path, {"database/000001.gz": bomb})), lambda _n: None)
    with pytest.raises(Refused, match="不一样"):
        next(unpack.members()).unpacked()


def _packed(folder, members):
    out = io.BytesIO()
    pack = Pack(out, folder)
    pack.add_json(packing.OPENING, {"format": 1})
    for name, data in members.items():
        pack.add(name, len(data), [data])
    pack.finish({"counts": {}})
    return out.getvalue()


def _read(data):
    unpack, found = Unpack(io.BytesIO(data), lambda _n: None), {}
    for member in unpack.members():
        found[member.name] = b"".join(member.pieces)
    return found
