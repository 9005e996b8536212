"""The ways by which a colleague can be reached, in the order in which they are tried."""

from app.core import mail_server
from app.core.errors import N_
from app.staff.models import Staff
from app.wechat import noticing
from app.wecom import sending as wecom

EMAIL, WECHAT, WECOM = "email", "wechat", "wecom"
WAYS = {EMAIL: N_("邮件"), WECHAT: N_("微信"), WECOM: N_("企业微信")}
NO_WAY = N_("还没有填任何接收方式，请到“我的 › 提醒发到哪里”里填一个")
NO_SERVER = N_("店里还没有设置发信邮箱，请店主到“设置 › 邮件”里填写")


def address_of(person: Staff, way: str) -> str:
    """Where this way reaches the colleague; "" when they have not said."""
    return {EMAIL: person.email, WECHAT: person.wechat_openid, WECOM: person.wecom_user}[way]


def closed(person: Staff, way: str) -> str:
    """Why this way is of no use now, as a source sentence; "" when it is open."""
    if way == EMAIL:
        return "" if mail_server.server() else NO_SERVER
    if way == WECHAT:
        return noticing.closed(person.wechat_account, person.wechat_openid)
    return wecom.closed(person.wecom_user)


def of(person: Staff) -> list[str]:
    """The ways that the colleague has named, the preferred one first, open or not."""
    named = [way for way in WAYS if address_of(person, way)]
    return sorted(named, key=lambda way: way != person.digest_first)
