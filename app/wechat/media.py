"""Files between the platform and us: theirs fetched by a worker, ours uploaded before they go."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import requests
from wechatpy.exceptions import WeChatClientException

from app.core import files
from app.core.clock import now
from app.core.db import db, let_go
from app.core.errors import N_, DeliveryFailed, DeliveryUnknown, Refused
from app.core.jobs import Later, job
from app.inbox import attaching
from app.inbox.models import Media, Message
from app.wechat import accounts, client
from app.wechat.accounts import Account
from app.wechat.client import Client
from app.wechat.faults import MEDIA_GONE

GET = "https://api.weixin.qq.com/cgi-bin/media/get"
HOSTS = (".qq.com", ".qpic.cn")  # where the platform keeps films
PATIENCE = 90  # seconds for one file, however it drips
MB = 1024 * 1024
MOST = {"image": 12 * MB, "voice": 4 * MB, "video": 30 * MB, "file": 30 * MB}
LARGEST_ANSWER = 64 * 1024  # of one that is words, not a file
LASTING = timedelta(days=3, hours=-6)  # that an upload can be used
NAMES = {"image/jpeg": "picture.jpg", "audio/mpeg": "voice.mp3", "video/mp4": "film.mp4"}

GONE = N_("微信那边已经没有这个文件了（微信只留 3 天）")
TOO_LARGE = N_("文件太大，没有取。请客户换一种方式发")
LATE = N_("没有从微信取到")
NO_ACCOUNT = N_("这个公众号没有接好，请店主到设置里检查")
# Refusals in whose own words a person can do something about them.
TELLING = {"40001", "40013", "40125", "40164", "48001", "48004", "50002"}


@job(lane="media")
def fetch(message_id: int) -> None:
    """Fetch the file of one message. Again and again for as long as the platform may have it."""
    message = db.session.get_one(Message, message_id)
    if message.attached not in (attaching.WAITING, attaching.LATE):
        return None
    media, account = attaching.of(message), accounts.get(message.conversation.account)
    if account is None:
        return attaching.gone(message, media, NO_ACCOUNT, attaching.FAILED)
    name = files.made_up()
    path = files.where(attaching.FOLDER, name)
    let_go()
    try:
        _download(account, media.source, path, MOST[message.kind])
        attaching.arrived(message, media, name)
    except Refused as no:
        _refused(message, media, no)
    except (DeliveryFailed, DeliveryUnknown, OSError) as failure:
        _failed(message, media, failure)
    return None


def _refused(message: Message, media: Media, no: Refused) -> None:
    if no.message == files.FULL:
        return _again(message, media, files.FULL)
    return attaching.gone(message, media, no.message, attaching.REFUSED)


def _failed(message: Message, media: Media, failure: Exception) -> None:
    if not isinstance(failure, DeliveryFailed):
        return _again(message, media, LATE)
    if failure.code == str(MEDIA_GONE):
        return attaching.gone(message, media, GONE)
    return _again(message, media, failure.reason if failure.code in TELLING else LATE)


def _again(message: Message, media: Media, why: str) -> None:
    wait = attaching.late(message, media, why)
    if wait is not None:
        let_go()
        raise Later(now() + timedelta(seconds=wait))


def _download(account: Account, source: str, path: Path, most: int) -> None:
    end = time.monotonic() + PATIENCE

    def ask(platform: Client) -> dict[str, object]:
        query = {"access_token": platform.access_token, "media_id": source}
        with platform._http.get(GET, params=query, stream=True) as answer:
            said = _words(answer)
            if said is None:
                _save(answer, path, most, end)
        if said is not None:
            _follow(platform, said, path, most, end)
        return {}

    client.call(account, ask)


def _words(answer: requests.Response) -> dict[str, object] | None:
    """What the platform says instead of a file: an error, or where a film is."""
    if answer.status_code != 200:
        raise WeChatClientException(None, "no file", answer, answer.request)
    if not answer.headers.get("Content-Type", "").startswith(("application/json", "text/")):
        return None
    try:
        said = json.loads(next(answer.iter_content(LARGEST_ANSWER), b""))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise WeChatClientException(None, "not understood", answer, answer.request)
    if code := said.get("errcode"):
        raise WeChatClientException(code if isinstance(code, int) else -1, "refused")
    return said


def _follow(platform: Client, said: dict[str, object], path: Path, most: int, end: float) -> None:
    """A film's own address; only one of the platform's hosts is ever asked."""
    address = urlsplit(str(said.get("video_url", "")))
    if not f".{address.hostname}".endswith(HOSTS) or address.scheme not in ("http", "https"):
        raise WeChatClientException(None, "no film")
    url = address._replace(scheme="https", netloc=str(address.hostname)).geturl()
    with platform._http.get(url, stream=True) as answer:
        if answer.status_code != 200:
            raise WeChatClientException(None, "no film", answer, answer.request)
        _save(answer, path, most, end)


def _save(answer: requests.Response, path: Path, most: int, end: float) -> None:
    copied = files.copy(_pieces(answer, end), path, most=most, too_large=TOO_LARGE)
    if not copied.size:
        path.unlink(missing_ok=True)
        raise WeChatClientException(None, "empty file")


def _pieces(answer: requests.Response, end: float) -> Iterator[bytes]:
    for piece in answer.iter_content(files.PIECE):
        if time.monotonic() > end:
            raise requests.Timeout("too slow")
        yield piece


def uploaded(account: Account, media: Media) -> str:
    """The platform's name for one of our files: of an earlier upload, or of one made now."""
    if media.receipt_until > now():
        return media.receipt
    kind, name = media.message.kind, NAMES[media.kind]
    content = files.where(attaching.FOLDER, media.file).read_bytes()
    let_go()
    try:
        said = client.call(account, lambda one: one.media.upload(kind, (name, content)))
        receipt = str(said["media_id"])
    except (DeliveryUnknown, KeyError) as doubt:  # an upload that nobody uses does no harm
        reason = N_("文件没有传到微信，稍后会自动再发")
        raise DeliveryFailed(reason, permanent=False) from doubt
    media.receipt, media.receipt_until = receipt[:400], now() + LASTING
    let_go()
    return media.receipt


def forget_upload(media_id: object) -> None:
    """The platform does not know our file any more: the next try uploads it anew."""
    media = db.session.get_one(Media, media_id)
    media.receipt, media.receipt_until = "", now()
