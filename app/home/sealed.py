"""What was typed into a page and cannot be opened any more: SECRET_KEY is another one."""

from app.core import vault
from app.core.conditions import ILL, WELL, Condition
from app.core.errors import N_
from app.staff import second_factor

ANOTHER_KEY = N_(
    "服务器的 SECRET_KEY 换过了，公众号或邮箱保存的密码打不开：到「设置 → 运行状态」看哪些要重新填"
)
LOST_WECHAT = N_(
    "SECRET_KEY 换过了，公众号的 %(names)s 打不开。请到“设置 › 公众号”重新填，"
    "或者换回原来的 SECRET_KEY"
)
LOST_MAIL = N_(
    "SECRET_KEY 换过了，发信邮箱的密码打不开。请到“设置 › 邮件”重新填，或者换回原来的 SECRET_KEY"
)
LOST_PEOPLE = N_(
    "SECRET_KEY 换过了，两步验证打不开（%(n)s 位同事）。请他们用恢复码登录、重新设置，"
    "或者换回原来的 SECRET_KEY"
)
KEYS = {
    "wechat.secret": "AppSecret", "wechat.token": "Token", "wechat.aes_key": "EncodingAESKey",
    "wechat.previous": "EncodingAESKey",
}  # fmt: skip


def conditions() -> list[Condition]:
    label, lost = N_("保存的密码和密钥"), vault.foreign()
    names = "、".join(sorted({KEYS.get(n, n) for n in lost if n.startswith("wechat.")}))
    found = []
    if names:
        found.append(Condition("sealed.wechat", label, ILL, LOST_WECHAT, {"names": names}))
    if any(not name.startswith("wechat.") for name in lost):
        found.append(Condition("sealed.mail", label, ILL, LOST_MAIL))
    if people := second_factor.unreadable():
        found.append(Condition("sealed.people", label, ILL, LOST_PEOPLE, {"n": people}))
    return found or [Condition("sealed", label, WELL, N_("都打得开"))]
