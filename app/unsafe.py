"""What a shop in production must not be: the start-up guard, one clear line for each thing.

A fault stops the start; a warning is said and the shop opens. Faults are what gives the shop's
data or its voice to strangers, or breaks it in a way that shows only later.
"""

import base64
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MIN_SECRET = 32
KNOWN_SECRETS = {"dev", "secret", "changeme", "change-me", "shuke"}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KNOWN_WORDS = ("changeme", "change-me", "change_me", "your-secret", "your_secret", "example")
PIECE = 8
KNOWN_TOKENS = {"token", "wechat", "weixin", "shuke", "test", "123456", "changeme"}
REMOTE_FILES = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs"}
SHORTEST_TOKEN = 16
MOST_PROXIES = 5
AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")


def faults(settings: Any, values: dict[str, str]) -> list[str]:
    """Why this shop must not open, one line each."""
    if settings.env == "demo":
        return list(_demo(settings, values))
    if settings.env == "testing":
        return list(_testing(settings))
    checks = (_key, _address, _proxies, _switches, _wechat, _tokens, _database, _folders)
    return [line for check in checks for line in check(settings, values)]


def warnings(settings: Any) -> list[str]:
    """What somebody should look at, one line each."""
    return list(_odd(settings)) if settings.env == "production" else []


def _demo(settings: Any, values: dict[str, str]) -> Iterator[str]:
    if settings.host not in LOOPBACK and values.get("SHUKE_DEMO_PUBLIC") != "1":
        yield (
            f"HOST is {settings.host}: the demo has known passwords and listens on loopback only. "
            "Set SHUKE_DEMO_PUBLIC=1 to open it all the same."
        )


def _testing(settings: Any) -> Iterator[str]:
    if settings.host not in LOOPBACK:
        yield f"SHUKE_ENV is testing and HOST is {settings.host}: tests listen on loopback only."


def _key(settings: Any, values: dict[str, str]) -> Iterator[str]:
    key = values["SECRET_KEY"]
    if not key:
        yield "SECRET_KEY is missing: production needs one of at least 32 characters."
    elif len(key) < MIN_SECRET or key.lower() in KNOWN_SECRETS or len(set(key)) < 8:
        yield "SECRET_KEY is too short or known: make one of at least 32 random characters."
    elif any(word in key.lower() for word in KNOWN_WORDS):
        yield "SECRET_KEY reads like an example: make one of at least 32 random characters."
    elif _repeats(key):
        yield "SECRET_KEY repeats itself: make one of at least 32 random characters."


def _repeats(key: str) -> bool:
    """Whether a short piece, said again and again, makes up the whole."""
    return any((key[:size] * len(key))[: len(key)] == key for size in range(1, PIECE))


def _address(settings: Any, values: dict[str, str]) -> Iterator[str]:
    url = settings.public_url
    if not url:
        yield (
            "PUBLIC_URL is missing: set https://your.domain, or "
            f"{settings.local_url} when the shop is used on this machine alone."
        )
        return
    try:
        parts = urlsplit(url)
        name, _port = parts.hostname, parts.port
    except ValueError:
        yield f"PUBLIC_URL is {url!r}: this is no address."
        return
    if parts.scheme not in ("http", "https") or not name or " " in url:
        yield f"PUBLIC_URL is {url!r}: write it like https://your.domain."
    elif parts.username or parts.password:
        yield "PUBLIC_URL holds a user or a password: leave them out."
    elif parts.path.strip("/") or parts.query or parts.fragment:
        yield f"PUBLIC_URL is {url!r}: only scheme, name and port; the shop lives at the root."
    elif parts.scheme == "http" and name not in LOOPBACK:
        yield f"PUBLIC_URL is {url!r}: passwords would travel openly, use https."
    elif name in ("0.0.0.0", "::", "example.com", "your.domain"):  # noqa: S104 - compared
        yield f"PUBLIC_URL is {url!r}: nobody can reach the shop there, use its real name."


def _proxies(settings: Any, values: dict[str, str]) -> Iterator[str]:
    hops, secure = settings.trusted_proxies, settings.public_url.startswith("https://")
    if hops > MOST_PROXIES:
        yield f"TRUSTED_PROXIES is {hops}: more than {MOST_PROXIES} proxies believe too much."
    if hops and not secure and settings.host not in LOOPBACK:
        yield "TRUSTED_PROXIES is set on an open HOST without https: anybody could fake addresses."
    if settings.host not in LOOPBACK and not secure:
        yield f"HOST is {settings.host} and PUBLIC_URL is not https: put a TLS proxy in front."
    if not 0 < settings.port <= 65535:
        yield f"PORT is {settings.port}: use a number from 1 to 65535."


def _switches(settings: Any, values: dict[str, str]) -> Iterator[str]:
    for name in ("FLASK_DEBUG", "WERKZEUG_RUN_MAIN"):
        if values.get(name, "0").lower() not in ("", "0", "false", "no"):
            yield f"{name} is on: the debugger gives the server to everybody. Leave it out."
    for name in ("SHUKE_PRACTICE", "SHUKE_DEMO_PUBLIC"):
        if values.get(name, "0") not in ("", "0", "1"):
            yield f"{name} is {values[name]!r}: use 0 or 1."
    if settings.faults:
        yield "SHUKE_FAULTS is set: it lets the shop kill itself, leave it out."
    if values.get("SHUKE_DEMO_PUBLIC") == "1":
        yield "SHUKE_DEMO_PUBLIC is 1 in production: it belongs to the demo, leave it out."


def _wechat(settings: Any, values: dict[str, str]) -> Iterator[str]:
    ours = settings.wechat
    given = {
        "WECHAT_APP_ID": ours.app_id, "WECHAT_APP_SECRET": ours.secret, "WECHAT_TOKEN": ours.token,
    }  # fmt: skip
    if any(given.values()) or ours.aes_key:
        yield from (
            f"{name} is missing: the account needs it." for name in given if not given[name]
        )
        if not ours.aes_key:
            yield "WECHAT_AES_KEY is missing: production takes encrypted callbacks (安全模式) only."
    for name, key in (
        ("WECHAT_AES_KEY", ours.aes_key), ("WECHAT_AES_KEY_PREVIOUS", ours.aes_key_previous),
    ):  # fmt: skip
        if key and not _opens(key):
            yield f"{name} is no EncodingAESKey: it has 43 letters and digits."
    if ours.token and (not TOKEN.fullmatch(ours.token) or ours.token.lower() in KNOWN_TOKENS):
        yield "WECHAT_TOKEN is known or no token: use 3 to 32 letters and digits, made at random."
    if ours.api_base and not _safe_base(ours.api_base):
        yield "WECHAT_API_BASE is not https: the account's secret would travel openly."
    if ours.open_base and not _safe_base(ours.open_base):
        yield "WECHAT_OPEN_BASE is not https: who a member is would travel openly."


def _opens(key: str) -> bool:
    return bool(AES_KEY.fullmatch(key)) and len(base64.b64decode(key + "=")) == 32


def _safe_base(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _tokens(settings: Any, values: dict[str, str]) -> Iterator[str]:
    token = settings.metrics_token
    if token and len(token) < SHORTEST_TOKEN:
        yield f"METRICS_TOKEN is too short: use at least {SHORTEST_TOKEN} random characters."
    others = {
        "METRICS_TOKEN": token, "WECHAT_TOKEN": settings.wechat.token,
        "WECHAT_APP_SECRET": settings.wechat.secret, "WECHAT_AES_KEY": settings.wechat.aes_key,
    }  # fmt: skip
    for name, value in others.items():
        if value and value == values["SECRET_KEY"]:
            yield f"{name} is the same as SECRET_KEY: each secret wants to be its own."


def _database(settings: Any, values: dict[str, str]) -> Iterator[str]:
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        yield "DATABASE_URL is no database address: write sqlite:///… or postgresql+psycopg://…"
        return
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        yield f"DATABASE_URL is of {kind}: SQLite and PostgreSQL are what the shop runs on."
    elif kind == "postgresql" and (url.password or "").lower() in {*KNOWN_TOKENS, "postgres"}:
        yield "DATABASE_URL has a known password: give the database one of its own."
    elif kind == "sqlite":
        yield from _sqlite(url.database or "")


def _sqlite(name: str) -> Iterator[str]:
    if name in ("", ":memory:"):
        yield "DATABASE_URL keeps everything in memory: all would be lost at the next start."
        return
    path = Path(name)
    if not path.is_absolute():
        yield f"DATABASE_URL is relative ({name}): write the whole path, with four slashes."
    elif _file_system(path) in REMOTE_FILES:
        yield f"DATABASE_URL is on a network share ({name}): SQLite breaks there, use a local disk."
    elif path.exists() and _open_to_others(path):
        yield f"{name} can be read by other accounts of this machine: chmod 600 it."


def _folders(settings: Any, values: dict[str, str]) -> Iterator[str]:
    static = Path(__file__).resolve().parent / "static"
    if settings.media_root.is_relative_to(static):
        yield f"MEDIA_ROOT is {settings.media_root}: everybody could fetch the pictures there."
    for name, folder in (
        ("SHUKE_INSTANCE", settings.instance), ("MEDIA_ROOT", settings.media_root),
    ):  # fmt: skip
        if folder.is_dir() and _open_to_others(folder):
            yield f"{name} is {folder}, which other accounts can read: chmod 700 it."
        elif folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            yield f"{name} is {folder}, which this account cannot write: give it the folder."
        elif folder.exists() and not folder.is_dir():
            yield f"{name} is {folder}, which is no folder."
    for kept in ("secret_key", "setup_code"):
        if (settings.instance / kept).exists() and _open_to_others(settings.instance / kept):
            yield f"{settings.instance / kept} can be read by other accounts: chmod 600 it."


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _file_system(path: Path) -> str:
    """The kind of file system that a path lies on, where the machine tells (Linux)."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = [
        (len(where), kind)
        for _what, where, kind, *_rest in (line.split() for line in mounts)
        if path.is_relative_to(where)
    ]
    return max(found)[1] if found else ""


def _odd(settings: Any) -> Iterator[str]:
    if settings.public_url.startswith("https://") and not settings.trusted_proxies:
        yield (
            "TRUSTED_PROXIES is 0 though PUBLIC_URL is https: cookies are not secure and all "
            "visitors look like one. Set the number of proxies in front, usually 1."
        )
    if settings.practice:
        yield "SHUKE_PRACTICE is 1: managers can play customers in the real shop."
    if settings.wechat.aes_key and settings.wechat.aes_key == settings.wechat.aes_key_previous:
        yield "WECHAT_AES_KEY_PREVIOUS is the present key: leave it out."
    if settings.wechat.api_base:
        yield f"WECHAT_API_BASE is {settings.wechat.api_base}: messages do not go to WeChat itself."
    if settings.wechat.open_base:
        yield f"WECHAT_OPEN_BASE is {settings.wechat.open_base}: WeChat itself asks no member."
    if settings.host not in LOOPBACK:
        yield f"HOST is {settings.host}: let nothing but the proxy reach it."
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "The shop runs as root: give it an account of its own."
