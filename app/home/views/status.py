"""How everything is doing, for the owner; what failed can be tried again here."""

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import alarms, conditions, outbox
from app.core.db import db
from app.core.doors import door
from app.core.errors import N_
from app.core.jobs import Job, retry
from app.core.outbox import Letter
from app.core.web import page, see
from app.core.worker import Heartbeat
from app.inbox.models import Message
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("status", __name__)

JOBS = {
    "outbox.deliver": N_("发送消息"), "outbox.deliver_mail": N_("发送邮件"),
    "arriving.process": N_("处理收到的微信"),
    "caring.remind": N_("建关怀和补货的跟进"), "caring.heed": N_("买了就结束补货跟进"),
    "expiring.remind": N_("建券快到期的跟进"), "expiring.heed": N_("用了券就结束跟进"),
    "welcoming.heed": N_("送关注的见面券"), "points.heed": N_("按消费记积分"),
    "referrals.heed": N_("记下由谁介绍来"),
    "supplies.count_again": N_("按商品的新周期重算用完的日子"),
    "quiet.detect": N_("找出变安静的客户"), "quiet.heed": N_("更新提醒"),
    "note_files.make_safe": N_("整理跟进里的照片和录音"),
    "erasing.finish": N_("把要求删除的资料清干净"), "erasing.again": N_("恢复备份后再删一次"),
    "note_files.tidy": N_("清理用不到的照片和录音"),
    "followups.due": N_("把拖太久的跟进告诉店长"),
    "followups.follow_owner": N_("把跟进交给新的负责人"), "importing.check": N_("检查导入的文件"),
    "importing.carry_on": N_("导入"), "importing.tidy": N_("清理导入的文件"),
    "shop_rhythm.measure": N_("计算本店的来店间隔"), "silences.move_dates": N_("更新客户的日期"),
    "silences.move_values": N_("更新安静客户的金额"), "silences.mark": N_("记下今天变安静的客户"),
    "gathering.gather": N_("整理全店的消费规律"),
    "backtest.judge": N_("算上个季度准不准"),
    "parcels.pack": N_("给会员打包资料"), "parcels.tidy": N_("清理打包好的资料"),
    "departing.clear": N_("删掉取关客户的微信资料"),
    "scanning.draw": N_("要绑定微信的二维码"),
    "pushing.push": N_("练习手机"), "doctor.examine": N_("检查公众号"),
    "community.heed": N_("看客户该在哪个社群"), "community.refresh": N_("每晚重算社群成员"),
    "community.cover": N_("保修改了，重看买过的客户"),
    "codes.remind": N_("提醒换群二维码"), "codes.tidy": N_("清理过期的群二维码"),
    "signs.read_back": N_("按新规则翻看最近的消息"), "signs.forget": N_("清理去掉的规则"),
    "revisiting.heed": N_("约投诉后的回访"),
    "overdue.watch": N_("提醒超时的主题，结束没有回音的"),
    "handovers.send_back": N_("退回没人接的主题"),
    "lateness.watch": N_("找出等太久的客户"), "digests.send": N_("发今日清单"),
    "dues.remind": N_("到点提醒同事"), "groups.tell": N_("往企业微信群里发"),
    "log.prune": N_("清理旧的提醒记录"),
    "briefs.send": N_("发老板早报"),
    "jobs.sweep": N_("清理做完的任务"), "upkeep.tend": N_("整理数据库"),
    "alarms.look": N_("检查运行状态"), "proving.nightly": N_("核对操作记录"),
    "proving.renew_seals": N_("封存操作记录"), "pruning.prune": N_("清理到期记录"),
    "keeping.nightly": N_("看看该不该备份"), "keeping.make": N_("备份"),
    "keeping.prove": N_("验证备份"),
    "tags.clear": N_("清理删掉的标签"), "media.fetch": N_("下载客户发来的文件"),
    "attaching.prepare": N_("处理要发的图片、语音和视频"), "attaching.tidy": N_("清理没用的文件"),
    "quick_pictures.make_small": N_("缩小快捷回复的图片"),
    "assigning.follow_owner": N_("把对话交给新的负责人"),
    "leaving.finish": N_("交接离职同事的客户"),
    "snoozing.wake": N_("把推迟的对话放回来"), "indexing.close_gaps": N_("让旧消息能搜到"),
    "abandoned.settle": N_("收拾中断的发送"),
    "presence.sweep": N_("清理谁在看的记录"), "going_live.clear": N_("清理演示数据的文件"),
}  # fmt: skip
# Where each part is mended: what its name begins with -> the page, or a place on this one.
MENDED = {
    "jobs.failed": "#failed", "letters.": "#letters", "backup": "backups.index",
    "token.": "setup.show", "clock.wechat": "setup.show", "books": "books.show/audit",
    "sealed.wechat": "setup.show", "sealed.mail": "mail.show", "sealed.people": "colleagues.index",
    "guessing": "books.show/audit",
}  # fmt: skip

MOST = 50
MARKS = {"well": (N_("正常"), "jade"), "poor": (N_("注意"), "amber"), "ill": (N_("有问题"), "red")}
CHANNELS = {"wechat": N_("微信消息"), "email": N_("邮件"), "notice": N_("微信提醒"),
            "wecom": N_("企业微信")}  # fmt: skip


@bp.get("/settings/status")
@door("jobs.read")
def show():
    found = conditions.all_of_them()
    order = {"ill": 0, "poor": 1, "well": 2}
    return page(
        "home/status/show.html",
        conditions=sorted(found, key=lambda one: order[one.level]),
        marks=MARKS,
        where_mended=_where_mended,
        alarms=alarms.standing(),
        past=alarms.past(),
        workers=db.session.scalars(db.select(Heartbeat).order_by(Heartbeat.seen_at.desc())).all(),
        failed=_failed(),
        job_names=JOBS,
        letters=_letters(),
        channels=CHANNELS,
    )


@bp.post("/settings/status/letters/<int:letter_id>/resend")
@door("jobs.retry")
def resend(letter_id):
    letter = _letter(letter_id)
    outbox.send_again(letter)
    audit.log(me(), "letters.resent", f"letter:{letter.id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".show"), say=_("好的，马上再发一次"))


@bp.post("/settings/status/letters/<int:letter_id>/delivery")
@door("jobs.retry")
def delivered(letter_id):
    letter = _letter(letter_id)
    outbox.mark_delivered(letter)
    audit.log(me(), "letters.delivered", f"letter:{letter.id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".show"), say=_("记下了：已经送达"))


@bp.post("/settings/jobs/<int:job_id>/retries")
@door("jobs.retry")
def retry_job(job_id):
    failed = db.one_or_404(db.select(Job).where(Job.id == job_id, Job.state == "failed"))
    retry(failed)
    address = request.remote_addr or ""
    audit.log(me(), "jobs.retried", f"job:{failed.id}", address=address, name=failed.name)
    db.session.commit()
    return see(url_for(".show"), say=_("好的，马上再试一次"))


def _where_mended(name):
    """The address where this part is looked after; "" when only the machine's keeper can."""
    to = next((to for start, to in MENDED.items() if name.startswith(start)), "")
    endpoint, _slash, book = to.partition("/")
    if not to or to.startswith("#"):
        return to
    return url_for(endpoint, name=book) if book else url_for(endpoint)


def _failed():
    failed = db.select(Job).where(Job.state == "failed").order_by(Job.id.desc())
    return db.session.scalars(failed.limit(MOST)).all()


def _letters():
    """Doubtful ones first, each with its conversation where it has one."""
    found: list[Any] = []
    for state in ("unknown", "failed"):
        some = (
            db.select(Letter, Message.conversation_id)
            .outerjoin(Message, Message.letter_id == Letter.id)
            .where(Letter.state == state)
        )
        found += db.session.execute(some.order_by(Letter.id.desc()).limit(MOST)).all()
    return found


def _letter(letter_id):
    some = db.select(Letter).where(Letter.id == letter_id)
    return db.one_or_404(some.where(Letter.state.in_(("unknown", "failed"))))
