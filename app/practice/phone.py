"""What a pretended customer does with their phone: written down here, carried by the worker.

Each verb writes a line on the phone's screen and a job, in the caller's transaction; the web
request never calls our own server. The platform's windows open at the same moment, as they do at
WeChat, whether or not the shop's callback answers.
"""

import secrets
from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.practice import pushing
from app.practice.media import FILM, VOICE
from app.practice.models import Bubble, Phone

MESSAGE_WINDOW, MESSAGE_COUNT = timedelta(hours=48), 5
TOUCH_WINDOW, TOUCH_COUNT = timedelta(minutes=1), 3
KEYS = {"NEW": N_("本周新品"), "ROUTE": N_("到店路线"), "STAFF": N_("联系店员")}
PLACES = {
    "park": ("31.2304", "121.4737", N_("人民公园南门")),
    "station": ("31.2495", "121.4556", N_("火车站北广场")),
    "school": ("31.2989", "121.5010", N_("实验小学门口")),
}
LONGEST_SCENE = 64
PREFIX = "oPractice"
OWN = Phone.openid.startswith(PREFIX)  # made here; the others are the demo shop's
TAKEN = "200 success"  # what our callback says of a push that it has stored
SHOWN = 60  # lines on the screen


def new() -> Phone:
    """One more phone. It does not follow the shop yet."""
    count = db.session.scalar(select(db.func.count(Phone.id)).where(OWN)) or 0
    phone = Phone(
        openid=PREFIX + secrets.token_hex(10)[:19], label=f"练习客户 {count + 1}",
        following=False, window_left=0, touch_left=0, failure=0,
    )  # fmt: skip
    db.session.add(phone)
    db.session.flush()
    return phone


def follow(phone: Phone, *, scene: str = "") -> Bubble:
    if phone.following:
        raise Refused(N_("已经关注了，不用再关注"))
    phone.following = True
    _touched(phone)
    return _does(phone, "subscribe", f"qrscene_{scene}" if scene else "")


def unfollow(phone: Phone) -> Bubble:
    _following(phone)
    phone.following = False
    return _does(phone, "unsubscribe")


def scan(phone: Phone, scene: str) -> Bubble:
    """Scan the shop's code: a stranger follows by it, a follower is only seen."""
    scene = scene[:LONGEST_SCENE]
    if not phone.following:
        return follow(phone, scene=scene)
    _touched(phone)
    return _does(phone, "SCAN", scene)


def click(phone: Phone, key: str) -> Bubble:
    _following(phone)
    if key not in KEYS:
        raise Refused(N_("没有这个菜单，请从列表里选一个"))
    _touched(phone)
    return _does(phone, "CLICK", key)


def says(phone: Phone, text: str) -> Bubble:
    if not text:
        raise Refused(N_("还没有写内容：写一句再发送"), field="text")
    return _sends(phone, "text", text)


def shows(phone: Phone, picture: str) -> Bubble:
    """Send a picture: a shipped sample, or the kept name of an upload."""
    return _sends(phone, "image", media=picture)


def speaks(phone: Phone) -> Bubble:
    return _sends(phone, "voice", media=VOICE)


def films(phone: Phone) -> Bubble:
    return _sends(phone, "video", media=FILM)


def locate(phone: Phone, place: str) -> Bubble:
    if place not in PLACES:
        raise Refused(N_("没有这个地点，请从列表里选一个"))
    lat, lng, label = PLACES[place]
    return _sends(phone, "location", label, lat=lat, lng=lng)


def _sends(phone: Phone, kind: str, text: str = "", **details: object) -> Bubble:
    _following(phone)
    phone.window_until, phone.window_left = now() + MESSAGE_WINDOW, MESSAGE_COUNT
    return _written(phone, kind, text, {"id": str(secrets.randbits(62)), **details})


def _does(phone: Phone, event: str, key: str = "") -> Bubble:
    return _written(phone, f"event:{event}", "", {"key": key})


def _written(phone: Phone, kind: str, text: str, details: dict[str, object]) -> Bubble:
    bubble = Bubble(
        phone_id=phone.id, from_shop=False, kind=kind, text=text, details=details, at=now(),
        answer="",
    )  # fmt: skip
    db.session.add(bubble)
    db.session.flush()
    pushing.push.later(bubble.id, line=f"practice:{phone.id}")
    return bubble


def _touched(phone: Phone) -> None:
    phone.touch_until, phone.touch_left = now() + TOUCH_WINDOW, TOUCH_COUNT


def _following(phone: Phone) -> None:
    if not phone.following:
        raise Refused(N_("还没有关注公众号：先点「关注」"))


def everyone(most: int = 20) -> list[Phone]:
    """The newest phones: those made here, then those of the demo shop who talked last."""
    own = select(Phone).where(OWN).order_by(Phone.id.desc()).limit(most)
    found = list(db.session.scalars(own))
    talked = select(Phone).where(~OWN).order_by(Phone.window_until.desc(), Phone.id.desc())
    return found + list(db.session.scalars(talked.limit(most - len(found))))


def screen(phone: Phone) -> list[Bubble]:
    """What the phone shows, oldest first."""
    newest = select(Bubble).where(Bubble.phone_id == phone.id).order_by(Bubble.id.desc())
    return list(reversed(db.session.scalars(newest.limit(SHOWN)).all()))


def set_failure(phone: Phone, code: int) -> None:
    """What the platform answers to the shop's next messages; 0 is as usual."""
    phone.failure = code
