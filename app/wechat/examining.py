"""The checks of the setup doctor that need the network. Nobody's transaction is open meanwhile."""

import ipaddress
import re
import secrets
import socket
from urllib.parse import urlsplit

from app.core.clock import now
from app.core.errors import N_
from app.wechat import abilities, asking
from app.wechat.abilities import Answer
from app.wechat.accounts import Account
from app.wechat.asking import Reply, Silent
from app.wechat.envelopes import WINDOW, signed
from app.wechat.findings import Finding, bad, ok, unknown, warn

CALLBACK = "/wechat/callback"
DRIFT = 60  # seconds that two clocks may differ without a word
ADDRESS = re.compile(r"invalid ip\s+([0-9a-fA-F.:]{3,45})")
ADMIN = {89501, 89503, 89506, 89507}
FROZEN = {40243, 48004, 50002, 50004, 50007, 50008}

NO_PLATFORM = N_("连不上微信的服务器")
LET_US_OUT = N_("请检查这台服务器能不能上网，防火墙要放行到 api.weixin.qq.com 的 443 端口")


def identity(account: Account) -> tuple[Finding, str, float | None]:
    """May we have a token? Its finding, the token, and how far our clock is ahead."""
    body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.secret}
    try:
        reply = asking.platform(account, "cgi-bin/stable_token", body)
    except Silent:
        return bad("token", NO_PLATFORM, LET_US_OUT), "", None
    token = reply.body.get("access_token")
    if isinstance(token, str) and token:
        return ok("token", N_("微信认得这个公众号，凭证可用")), token, reply.skew
    return _no_token(reply), "", reply.skew


def _no_token(reply: Reply) -> Finding:
    code, said = reply.code, str(reply.body.get("errmsg", ""))
    if code == 40164:
        return _not_listed(said)
    if code == 40013:
        return bad("token", N_("没有这个 AppID（40013）"), N_("请从公众号后台重新复制 AppID"))
    if code in (40001, 40125):
        return bad("token", N_("AppSecret 不对（%(code)s）"),
                   N_("到公众号后台重置 AppSecret，把新的填到这里"), code=code)  # fmt: skip
    if code in ADMIN:
        return bad("token", N_("微信要管理员先同意这台服务器的地址（%(code)s）"),
                   N_("请公众号的管理员在微信里点确认，一小时后再检查"), code=code)  # fmt: skip
    if code in FROZEN:
        return bad("token", N_("这个公众号或它的 AppSecret 被冻结了（%(code)s）"),
                   N_("请到公众号后台查看原因，解冻后再检查"), code=code)  # fmt: skip
    if code == -2:
        return bad("token", N_("回答的不像是微信（状态 %(status)s）"),
                   N_("请检查网络里有没有代理或上网登录页；WECHAT_API_BASE 一般不用填"),
                   status=reply.status)  # fmt: skip
    return warn("token", N_("微信没有给凭证（%(code)s）"),
                N_("过几分钟再检查一次；还不行，就拿这个号码去微信的文档里查"),
                code=code)  # fmt: skip


def _not_listed(said: str) -> Finding:
    """The platform names the address that it saw: what to copy into its list."""
    reason = N_("服务器的地址不在公众号的 IP 白名单里（40164）")
    found = ADDRESS.search(said)
    if found is None:
        return bad("token", reason,
                   N_("到公众号后台“设置与开发 › 基本配置 › IP 白名单”，加上这台服务器的外网地址"),
                   )  # fmt: skip
    return bad("token", reason,
               N_("到公众号后台“设置与开发 › 基本配置 › IP 白名单”，加上 %(ip)s，保存后再检查"),
               ip=found[1].rstrip(".:"))  # fmt: skip


def clock(skew: float | None) -> Finding:
    """Is our clock right, by the platform's own?"""
    if skew is None:
        return unknown("clock", N_("没有问到微信的时间，看不出时钟准不准"))
    off = abs(round(skew))
    if off <= DRIFT:
        return ok("clock", N_("和微信的时钟相差 %(n)s 秒，可以"), n=off)
    reason = N_("服务器的时钟快了 %(n)s 分钟") if skew > 0 else N_("服务器的时钟慢了 %(n)s 分钟")
    cure = N_("请打开服务器的自动校时（Linux：timedatectl set-ntp true），再检查一次")
    minutes = f"{off / 60:.1f}"
    say = bad if off >= WINDOW / 2 else warn
    return say("clock", reason, cure, n=minutes)


def what_it_can(account: Account, token: str) -> tuple[Finding, list[Answer], str]:
    """The kind of account, and its table of abilities."""
    answers = abilities.ask(account, token)
    kind = abilities.kind_of(answers)
    if kind == abilities.SERVICE:
        return ok("kind", N_("看起来是已认证的服务号，功能都能用")), answers, kind
    if kind == abilities.SUBSCRIPTION:
        return warn("kind", N_("看起来是已认证的公众号（订阅号）：没有模板消息和网页授权"),
                    N_("能收发消息；要会员页面的话，需要已认证的服务号"),
                    ), answers, kind  # fmt: skip
    if kind == abilities.UNVERIFIED:
        return bad("kind", N_("看起来没有认证：收得到消息，但不能在这里回复"),
                   N_("到公众号后台做微信认证；个人的账号不能认证，要用企业或个体户的服务号"),
                   ), answers, kind  # fmt: skip
    return unknown("kind", N_("看不出是哪种账号"), N_("过几分钟再检查一次")), answers, kind


def address(url: str) -> Finding:
    """Could the platform reach this address, as far as its looks go?"""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host:
        return bad("address", N_("还没有写服务器的公开地址"),
                   N_("在服务器的 .env 里写上 PUBLIC_URL=https://你的域名，重新启动"))  # fmt: skip
    if not _is_public(host):
        return bad("address", N_("%(host)s 只有本机或内网能打开，微信到不了"),
                   N_("换成有备案域名的公开地址，写进 PUBLIC_URL"), host=host)  # fmt: skip
    if (parts.port or {"http": 80}.get(parts.scheme, 443)) not in (80, 443):
        return bad("address", N_("微信只会访问 80 和 443 端口"),
                   N_("在前面放一个反向代理（docs/deploy.md 有例子），PUBLIC_URL 里不写端口"),
                   )  # fmt: skip
    if parts.scheme != "https":
        return warn("address", N_("地址不是 https 的：登录和消息在路上能被别人看到"),
                    N_("给域名装上证书，PUBLIC_URL 改成 https:// 开头"))  # fmt: skip
    return ok("address", N_("%(host)s 看起来没有问题"), host=host)


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    if "." not in host or host.endswith((".local", ".lan", ".internal", ".localhost")):
        return False
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return True  # whether there is such a name is told by the next check
    return any(ipaddress.ip_address(str(one).partition("%")[0]).is_global for one in found)


def outside(account: Account, url: str) -> Finding:
    """Ask our own callback by its public address, the way the platform does."""
    stamp, nonce = str(int(now().timestamp())), secrets.token_hex(6)
    query = {"signature": signed(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce,
             "echostr": secrets.token_hex(8)}  # fmt: skip
    try:
        reply = asking.ourselves(url + CALLBACK, query)
    except Silent as silent:
        return _closed(silent.why)
    if reply.status == 200 and reply.text == query["echostr"]:
        return ok("outside", N_("从公开地址打开的就是这里，Token 也对"))
    if reply.status == 403:
        return bad("outside", N_("公开地址后面是熟客，但它用的是另一个 Token 或时钟不对"),
                   N_("是不是有两套熟客？让域名指到这一台"))  # fmt: skip
    return bad("outside", N_("公开地址答话的不是熟客（状态 %(status)s）"),
               N_("检查反向代理，把整个域名都转到熟客"), status=reply.status)  # fmt: skip


def _closed(why: str) -> Finding:
    if why == "name":
        return bad("outside", N_("域名解析不到任何地址"),
                   N_("到域名服务商那里加一条解析，指到这台服务器"))  # fmt: skip
    if why == "certificate":
        return bad("outside", N_("域名的证书不对或过期了，微信不会接受"),
                   N_("重新申请证书；用 Caddy 会自动续期"))  # fmt: skip
    return warn("outside", N_("从这台服务器打不开自己的公开地址"),
                N_("有的网络本来就不让；用手机流量打开试试，也看下面微信那边的结果"))  # fmt: skip


def reached(account: Account, token: str) -> Finding:
    """What the platform itself says about the way to our callback."""
    try:
        reply = asking.platform(account, "cgi-bin/callback/check",
                                {"action": "all", "check_operator": "DEFAULT"}, token)  # fmt: skip
    except Silent:
        return unknown("reached", NO_PLATFORM, LET_US_OUT)
    if reply.code == 40201:
        return bad("reached", N_("公众号后台还没有填服务器地址（40201）"),
                   N_("到“设置与开发 › 基本配置 › 服务器配置”，填上面的地址、Token 和密钥，并启用"),
                   )  # fmt: skip
    if reply.code:
        return unknown("reached", N_("微信没有答上来（%(code)s）"), code=reply.code)
    names, pings = _dicts(reply.body.get("dns")), _dicts(reply.body.get("ping"))
    if not names:
        return bad("reached", N_("微信解析不到后台填的那个域名"),
                   N_("检查域名的解析；刚改过的话，等十分钟再试"))  # fmt: skip
    if pings and all(one.get("package_loss") == "100%" for one in pings):
        return warn("reached", N_("微信找得到 %(ip)s，但探测的包没有回来"),
                    N_("很多服务器不回应探测，能收到消息就不用管；收不到就检查防火墙"),
                    ip=names[0].get("ip", ""))  # fmt: skip
    return ok("reached", N_("微信找得到 %(ip)s"), ip=names[0].get("ip", ""))


def _dicts(found: object) -> list[dict[str, str]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def proof(url: str, files: list[tuple[str, str]]) -> Finding:
    """Are the proofs of the domain served from its root?"""
    if not files:
        return unknown("proof", N_("还没有上传 MP_verify 文件"),
                       N_("要用会员页面时，到公众号后台“网页授权域名”里下载，在下面上传"),
                       )  # fmt: skip
    for code, content in files:
        name = f"MP_verify_{code}.txt"
        try:
            reply = asking.ourselves(f"{url}/{name}")
        except Silent:
            return warn("proof", N_("从公开地址打不开 %(name)s"),
                        N_("先解决“从外面打开”里说的问题"), name=name)  # fmt: skip
        if reply.status != 200 or reply.text.strip() != content:
            return bad("proof", N_("从公开地址打开的 %(name)s 内容不对"),
                       N_("检查反向代理，把整个域名都转到熟客"), name=name)  # fmt: skip
    return ok("proof", N_("%(n)s 个文件都能从公开地址打开"), n=len(files))
