"""What an account can do: asked of the platform without changing anything there."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from app.core.errors import N_
from app.wechat import asking
from app.wechat.accounts import Account
from app.wechat.asking import Silent

YES, NO, PERHAPS = "yes", "no", "perhaps"
NOT_ALLOWED = {48001, 76022, 50001}
NO_MENU = 46003  # the account may have one and has none yet
QUOTA = "cgi-bin/openapi/quota/get"

SERVICE, SUBSCRIPTION, UNVERIFIED, UNCLEAR = "service", "subscription", "unverified", ""
KINDS = {
    SERVICE: N_("已认证的服务号"),
    SUBSCRIPTION: N_("已认证的公众号（订阅号）"),
    UNVERIFIED: N_("没有认证的账号"),
    UNCLEAR: N_("看不出来"),
}


@dataclass(frozen=True)
class Ability:
    """Something an account may be able to do, what for, and the harmless call that tells."""

    name: str
    label: str
    use: str
    path: str
    body: dict[str, str] | None = None


ABILITIES = (
    Ability("reply", N_("客服消息"), N_("在消息里回复客户"), QUOTA,
            {"cgi_path": "/cgi-bin/message/custom/send"}),
    Ability("followers", N_("关注者"), N_("读取有哪些人关注"), "cgi-bin/user/get"),
    Ability("menu", N_("自定义菜单"), N_("公众号底部的按钮"), "cgi-bin/menu/get"),
    Ability("tags", N_("用户标签"), N_("给关注者分组，显示不同的菜单"), "cgi-bin/tags/get"),
    Ability("template", N_("模板消息"), N_("服务通知，例如预约提醒"),
            "cgi-bin/template/get_all_private_template"),
    Ability("subscribe", N_("订阅通知"), N_("客户同意后发一次通知"), "wxaapi/newtmpl/gettemplate"),
    Ability("qrcode", N_("带参数的二维码"), N_("分清客户从哪个码来"), QUOTA,
            {"cgi_path": "/cgi-bin/qrcode/create"}),
)  # fmt: skip
OAUTH = Ability("oauth", N_("网页授权"), N_("会员页面认出是谁"), "")
BY_NAME = {one.name: one for one in (*ABILITIES, OAUTH)}


@dataclass(frozen=True)
class Answer:
    name: str
    can: str
    code: int = 0
    used: int | None = None
    limit: int | None = None

    def as_row(self) -> dict[str, object]:
        return asdict(self)


def ask(account: Account, token: str) -> list[Answer]:
    """The table, a row for each ability. Web authorisation cannot be tried without a person: only
    verified service accounts have it, like template messages."""
    found = list(_answers(account, token))
    template = next(one for one in found if one.name == "template")
    return [*found, Answer(OAUTH.name, template.can, template.code)]


def _answers(account: Account, token: str) -> Iterator[Answer]:
    silent = False
    for one in ABILITIES:
        try:
            if silent:  # who does not answer once is not asked six times more
                raise Silent("silence")
            reply = asking.platform(account, one.path, one.body, token)
        except Silent:
            silent = True
            yield Answer(one.name, PERHAPS, -2)
            continue
        quota = reply.body.get("quota")
        used, limit = _numbers(quota) if isinstance(quota, dict) else (None, None)
        if reply.code in (0, NO_MENU):
            # A quota of nothing is told of calls without a limit, and of calls without a right.
            yield Answer(one.name, PERHAPS if limit == 0 else YES, 0, used, limit)
        else:
            yield Answer(one.name, NO if reply.code in NOT_ALLOWED else PERHAPS, reply.code)


def _numbers(quota: dict[str, object]) -> tuple[int | None, int | None]:
    used, limit = quota.get("used"), quota.get("daily_limit")
    return used if isinstance(used, int) else None, limit if isinstance(limit, int) else None


def kind_of(answers: list[Answer]) -> str:
    """What kind of account can do this, and cannot do that."""
    can = {one.name: one.can for one in answers}
    if can["template"] == YES:
        return SERVICE
    if can["template"] == NO and can["followers"] == YES:
        return SUBSCRIPTION
    if can["followers"] == NO:
        return UNVERIFIED
    return UNCLEAR
