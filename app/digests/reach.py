"""The ways by which a colleague can be reached, in the order in which they are tried."""

from app.core import mail_server
from app.core.errors import N_
from app.staff.models import Staff

EMAIL = "email"
WAYS = {EMAIL: N_("邮件")}
NO_WAY = N_("还没有填任何接收方式，请到“我的 › 提醒发到哪里”里填一个")
NO_SERVER = N_("店里还没有设置发信邮箱，请店主到“设置 › 邮件”里填写")


def address_of(person: Staff, way: str) -> str:
    """Where this way reaches the colleague; "" when they have not said."""
    return {EMAIL: person.email}[way]


def closed(person: Staff, way: str) -> str:
    """Why this way is of no use now, as a source sentence; "" when it is open."""
    if way == EMAIL and mail_server.server() is None:
        return NO_SERVER
    return ""


def of(person: Staff) -> list[str]:
    """The ways that the colleague has named, the preferred one first, open or not."""
    named = [way for way in WAYS if address_of(person, way)]
    return sorted(named, key=lambda way: way != person.digest_first)
