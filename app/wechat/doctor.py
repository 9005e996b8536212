"""The setup doctor: is the Official Account bound, and if not, why and what to do."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import select

from app.core import vault
from app.core.clock import local, now
from app.core.db import db, insert_once, let_go
from app.core.errors import N_
from app.core.jobs import job
from app.wechat import accounts, binding, examining, tally
from app.wechat.abilities import Answer
from app.wechat.accounts import Account, Parts
from app.wechat.findings import BAD, Finding, bad, ok, unknown, warn
from app.wechat.models import Arrival, Checkup, Tally

NAMES = {
    "app_id": "AppID", "secret": "AppSecret", "token": "Token", "aes_key": "EncodingAESKey",
}  # fmt: skip
LOOKED_AT = 200  # newest pushes among which we look for one of the account
OVERDUE = timedelta(minutes=3)  # a check that takes longer has been lost


class Report:
    """What one look at an account came to."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.answers: list[Answer] = []
        self.kind = ""

    @property
    def is_well(self) -> bool:
        return all(one.state != BAD for one in self.findings)


def look(account: Account | None) -> Report:
    """Look at everything, network included. Ends the open transaction. The shop's own account is
    none until it has an id and a token; what stands on paper is looked at all the same."""
    report, url = Report(), str(current_app.config["SHUKE"].public_url)
    files = [(proof.code, proof.content) for proof in binding.proofs()]
    messages = _messages(account) if account else None
    if account is None or not account.practice:
        report.findings += _on_paper(accounts.parts())
    let_go()
    if account:
        _ask_platform(account, report)
    report.findings.append(examining.address(url))
    if account and url:
        report.findings.append(examining.outside(account, url))
    if messages:
        report.findings.append(messages)
    if url:
        report.findings.append(examining.proof(url, files))
    return report


def _ask_platform(account: Account, report: Report) -> None:
    if not account.secret:
        return
    identity, token, skew = examining.identity(account)
    report.findings += [identity, examining.clock(skew)]
    if token:
        kind, report.answers, report.kind = examining.what_it_can(account, token)
        report.findings += [kind, examining.reached(account, token)]


def _on_paper(found: Parts) -> list[Finding]:
    """What can be told without asking anybody."""
    said = []
    lost = [NAMES[name] for name in NAMES if name in found.lost]
    if lost:
        said.append(bad("sealed", N_("SECRET_KEY 换过了，打不开：%(names)s"),
                        N_("请把它们重新填一次，或者换回原来的 SECRET_KEY"),
                        names="、".join(lost)))  # fmt: skip
    others = [name for name in vault.foreign() if not name.startswith(f"{accounts.ROOM}.")]
    if others:
        said.append(warn("sealed", N_("SECRET_KEY 换过了，别处也有打不开的密码（%(n)s 个）"),
                         N_("到“设置 › 邮件”等页面看看，把它们重新填一次"),
                         n=len(others)))  # fmt: skip
    missing = [NAMES[name] for name in found.missing if name != "aes_key"]
    if missing:
        said.append(bad("values", N_("还缺：%(names)s"), N_("在上面按步骤填好"),
                        names="、".join(missing)))  # fmt: skip
    elif "aes_key" in found.missing:
        said.append(warn("values", N_("没有 EncodingAESKey：消息在路上没有加密"),
                         N_("在上面生成一个，填到公众号后台，选“安全模式”")))  # fmt: skip
    elif not lost:
        said.append(ok("values", N_("都填好了")))
    return said


# What the callback has seen --------------------------------------------------------------------

TURNED_AWAY = {
    "cannot be decrypted": (
        N_("有 %(n)s 条消息解不开（最近一次 %(last)s）：EncodingAESKey 和公众号后台的不一样"),
        N_("到公众号后台复制 EncodingAESKey，填到上面；微信会把没收到的再发几次，之后的就丢了")),
    "not encrypted": (
        N_("有 %(n)s 条消息没有加密（最近一次 %(last)s），没有收下"),
        N_("到公众号后台“服务器配置”，把消息加解密方式改成“安全模式”")),
    "encrypted for an account without a key": (
        N_("有 %(n)s 条消息是加密的（最近一次 %(last)s），这里没有密钥"),
        N_("到公众号后台复制 EncodingAESKey，填到上面")),
}  # fmt: skip


def _messages(account: Account) -> Finding:
    seen = tally.of(account.app_id)
    for why, (reason, cure) in TURNED_AWAY.items():
        if why in seen:
            return bad("messages", reason, cure, **_counted(seen[why]))
    if "timestamp window" in seen:
        return warn("messages", N_("有 %(n)s 次访问的时间和这里差太多（最近一次 %(last)s）"),
                    N_("先看“服务器的时钟”；时钟没问题，就是有人在乱试，不用管"),
                    **_counted(seen["timestamp window"]))  # fmt: skip
    last = _last_push(account)
    if "signature" in seen and (last is None or seen["signature"].last_at > last.created_at):
        return warn("messages", N_("有 %(n)s 次访问的签名不对（最近一次 %(last)s），没有收下"),
                    N_("看看 Token 和公众号后台的是不是一样；一样的话，就是有人在乱试，不用管"),
                    **_counted(seen["signature"]))  # fmt: skip
    if last:
        return ok("messages", N_("最近一次收到是 %(last)s"), last=_when(last))
    if tally.GREETED in seen:
        return ok("messages", N_("微信已经认过这个地址，等第一条消息"))
    return unknown("messages", N_("还没有收到过微信的消息"),
                   N_("在公众号后台启用服务器配置，再用微信给公众号发一句话试试"))  # fmt: skip


def _counted(row: Tally) -> dict[str, object]:
    return {"n": row.count, "last": local(row.last_at).strftime("%m-%d %H:%M")}


def _when(row: Arrival) -> str:
    return local(row.created_at).strftime("%m-%d %H:%M")


def _last_push(account: Account) -> Arrival | None:
    """The account's newest push: among the newest of all, else any that there is."""
    newest = db.session.scalars(select(Arrival).order_by(Arrival.id.desc()).limit(LOOKED_AT))
    mine = next((row for row in newest if row.account == account.app_id), None)
    return mine or db.session.scalar(
        select(Arrival).where(Arrival.account == account.app_id).limit(1)
    )


# Asked for in a page, done by a worker ---------------------------------------------------------


def ask() -> Checkup:
    """Have a worker look; the page shows what it finds."""
    row = last()
    row.asked_at, row.done_at = now(), None
    db.session.flush()
    examine.later(row.id)
    return row


def last() -> Checkup:
    """The row of the present account, made when it is missing."""
    app_id = accounts.parts().values["app_id"]
    insert_once(Checkup, account=app_id, asked_at=now(), done_at=now(), findings=[], abilities=[],
                kind="")  # fmt: skip
    return db.session.scalars(select(Checkup).where(Checkup.account == app_id)).one()


def seen() -> Checkup | None:
    """The last checkup of the present account; reads only."""
    app_id = accounts.parts().values["app_id"]
    return db.session.scalar(select(Checkup).where(Checkup.account == app_id))


def is_running(row: Checkup | None) -> bool:
    return row is not None and row.done_at is None and now() - row.asked_at < OVERDUE


@job(lane="network", tries=1)
def examine(checkup_id: int) -> None:
    """Look, and write down what was found."""
    report = look(accounts.real())
    row = db.session.get(Checkup, checkup_id)
    if row is None:
        return
    row.findings = [one.as_row() for one in report.findings]
    row.abilities = [one.as_row() for one in report.answers]
    row.kind, row.done_at = report.kind, now()
