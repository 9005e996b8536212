"""A stream behind a passphrase: scrypt makes the key, AES-GCM seals one piece after another.

Each piece's nonce counts it and says whether it is the last, so that pieces can be neither moved
nor left out, and a cut file is known as one.
"""

import os
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.core.errors import N_, Refused

MAGIC = b"SHUKE-SEALED-1\n"
SALT, PREFIX, CHECK, TAG = 16, 7, 16, 16
HEAD = len(MAGIC) + SALT + PREFIX + CHECK
PIECE = 1 << 20
COST, BLOCK, LANES = (
    1 << 16,
    8,
    1,
)  # 64 MB for a moment; written nowhere, so nobody can ask for more
SHORTEST = 8

TOO_SHORT = N_("口令太短了，请用 8 个字以上，可以是一句话")
WRONG = N_("口令不对，或者文件的开头坏了。请再输一次；还是不行就换一份备份")
CUT = N_("备份文件不完整，或者结尾坏了。请换一份备份")
BROKEN = N_("备份文件坏了：第 %(place)s 个字节起的内容被改动过。请换一份备份")


def _keys(passphrase: str, salt: bytes) -> tuple[AESGCM, bytes]:
    """The cipher, and a few bytes that tell a wrong passphrase from a damaged file."""
    made = Scrypt(salt=salt, length=32 + CHECK, n=COST, r=BLOCK, p=LANES)
    both = made.derive(passphrase.encode("utf-8"))
    return AESGCM(both[:32]), both[32:]


def _nonce(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


class Sealer:
    """Writes what it is given into `out`, sealed. `close()` marks the end; it closes no file."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        if len(passphrase) < SHORTEST:
            raise Refused(TOO_SHORT)
        salt, self.prefix = os.urandom(SALT), os.urandom(PREFIX)
        self.cipher, check = _keys(passphrase, salt)
        self.head = MAGIC + salt + self.prefix + check
        self.out, self.number, self.waiting = out, 0, bytearray()
        out.write(self.head)

    def write(self, data: bytes) -> int:
        self.waiting += data
        while len(self.waiting) > PIECE:  # one piece stays: it may be the last
            self._seal(bytes(self.waiting[:PIECE]), last=False)
            del self.waiting[:PIECE]
        return len(data)

    def close(self) -> None:
        self._seal(bytes(self.waiting), last=True)

    def _seal(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self.prefix, self.number, last)
        self.out.write(self.cipher.encrypt(nonce, piece, self.head))
        self.number += 1


class Opener:
    """Reads a sealed stream from its first byte; every piece is authentic before it is given."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        self.head = file.read(HEAD)
        if len(self.head) < HEAD:
            raise Refused(CUT)
        salt = self.head[len(MAGIC) : len(MAGIC) + SALT]
        self.prefix = self.head[len(MAGIC) + SALT : -CHECK]
        self.cipher, check = _keys(passphrase, salt)
        if not bytes_eq(check, self.head[-CHECK:]):
            raise Refused(WRONG)
        self.file, self.number, self.ended = file, 0, False
        self.ahead, self.clear = file.read(PIECE + TAG), bytearray()

    def read(self, size: int) -> bytes:
        while len(self.clear) < size and not self.ended:
            self._open()
        given = bytes(self.clear[:size])
        del self.clear[:size]
        return given

    def _open(self) -> None:
        piece, self.ahead = self.ahead, self.file.read(PIECE + TAG)
        last = not self.ahead
        try:
            self.clear += self.cipher.decrypt(
                _nonce(self.prefix, self.number, last), piece, self.head
            )
        except (InvalidTag, ValueError) as error:
            if last:
                raise Refused(CUT) from error
            raise Refused(BROKEN, place=HEAD + self.number * (PIECE + TAG)) from error
        self.number, self.ended = self.number + 1, last
