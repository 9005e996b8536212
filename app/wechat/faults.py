"""The platform's error codes in plain words: what it means, and whether trying again helps."""

from dataclasses import dataclass

from app.core.errors import N_
from app.inbox import meter


@dataclass(frozen=True)
class Fault:
    reason: str
    permanent: bool


STALE_TOKEN = {40001, 40014, 42001}
WINDOW_CLOSED, QUOTA_USED = 45015, 45047
NOT_FOLLOWING = (43004, 50005)
MEDIA_GONE = 40007
NO_CARDS = (40008, 45008)  # this kind of message, or this many articles, are not taken

FAULTS = {
    -1: Fault(N_("微信系统繁忙，稍后会自动再发"), False),
    40001: Fault(N_("公众号的密钥不对，请店主检查 AppSecret"), False),
    40003: Fault(N_("这个微信号不属于这个公众号，发不过去"), True),
    40004: Fault(N_("微信不收这种文件，请换一个再发"), True),
    40005: Fault(N_("微信不收这种文件，请换一个再发"), True),
    40006: Fault(N_("文件太大，微信不收，请换小一点的再发"), True),
    40007: Fault(N_("微信那边的文件过期了，稍后会自动重新上传再发"), False),
    40009: Fault(N_("图片太大，微信不收，请换小一点的再发"), True),
    40013: Fault(N_("公众号的 AppID 不对，请店主检查"), True),
    40014: Fault(N_("公众号的凭证失效，稍后会自动再发"), False),
    40125: Fault(N_("公众号的 AppSecret 不对，请店主重新填写"), True),
    40164: Fault(N_("服务器地址不在公众号的 IP 白名单里，请店主添加"), False),
    40037: Fault(N_("提醒用的模板 ID 不对，请店主到“设置 › 规则 › 公众号”里检查"), True),
    42001: Fault(N_("公众号的凭证过期，稍后会自动再发"), False),
    43004: Fault(N_("对方没有关注公众号，发不过去"), True),
    43019: Fault(N_("对方在公众号的黑名单里，发不过去"), True),
    43101: Fault(N_("对方没有订阅这种通知，请在公众号里点“接收通知”"), True),
    45001: Fault(N_("文件太大，微信不收，请换小一点的再发"), True),
    45002: Fault(N_("消息太长，微信不收，请分成两条发"), True),
    45007: Fault(N_("语音太长，微信最多收 60 秒，请重新录一段"), True),
    45009: Fault(N_("公众号今天的接口次数用完了，稍后会自动再发"), False),
    45011: Fault(N_("发得太快，稍后会自动再发"), False),
    45015: Fault(meter.CLOSED, True),
    45047: Fault(meter.USED_UP, True),
    47003: Fault(N_("提醒用的模板字段对不上，请店主到“设置 › 规则 › 公众号”里检查"), True),
    48001: Fault(N_("这个公众号没有发客服消息的权限，需要认证的服务号"), True),
    48002: Fault(N_("对方关闭了接收消息"), True),
    48004: Fault(N_("公众号的这个接口被封禁，请店主到微信后台查看"), True),
    50002: Fault(N_("公众号被限制使用，请店主到微信后台查看"), True),
    50005: Fault(N_("对方没有关注公众号，发不过去"), True),
}
OTHER = Fault(N_("微信没有接受这条消息"), True)


def of(code: int | None) -> Fault:
    return FAULTS.get(code if code is not None else -1, OTHER)
