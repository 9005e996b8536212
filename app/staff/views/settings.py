"""The shop's settings, its colleagues, and the work that failed."""

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired

from app.core.db import db
from app.core.doors import door
from app.core.errors import N_, Refused
from app.core.forms import Form, Picked, Text, refuse
from app.core.jobs import Job, retry
from app.core.settings import declared
from app.core.web import done, page, see
from app.staff import accounts, audit
from app.staff.roles import LABELS
from app.staff.signing_in import me

bp = Blueprint("settings", __name__)

MOST_FAILED = 50
JOBS = {
    "outbox.deliver": N_("发送消息"), "outbox.deliver_mail": N_("发送邮件"),
    "arriving.process": N_("处理收到的微信"),
    "quiet.detect": N_("找出变安静的客户"), "quiet.heed": N_("更新提醒"),
    "followups.follow_owner": N_("把跟进交给新的负责人"), "importing.check": N_("检查导入的文件"),
    "importing.carry_on": N_("导入"), "importing.tidy": N_("清理导入的文件"),
    "shop_rhythm.measure": N_("计算本店的来店间隔"), "summary.move_dates": N_("更新客户的日期"),
    "pushing.push": N_("练习手机"), "doctor.examine": N_("检查公众号"),
    "jobs.sweep": N_("清理做完的任务"),
    "keeping.nightly": N_("看看该不该备份"), "keeping.make": N_("备份"),
    "keeping.prove": N_("验证备份"),
}  # fmt: skip


@bp.get("/settings")
@door("profile.write")
def show():
    return _page()


@bp.post("/settings/values/<name>")
@door("settings.write")
def put(name):
    setting = declared.get(name) or abort(404)
    form = _form(setting)
    if not form.validate():
        return _again(setting, form)
    try:
        setting.put(form.value.data)
    except Refused as no:
        refuse(form, no, "value")
        form.value.errors, form.form_errors = [_(no.message, **no.params)], []
        return _again(setting, form)
    audit.log(me(), "settings.changed", f"setting:{name}", address=request.remote_addr or "")
    db.session.commit()
    return done(
        "staff/settings/_setting.html", url_for(".show"), say=_("保存好了"),
        setting=setting, form=_form(setting, blank=True),
    )  # fmt: skip


@bp.post("/settings/jobs/<int:job_id>/retries")
@door("jobs.retry")
def retry_job(job_id):
    failed = db.one_or_404(db.select(Job).where(Job.id == job_id, Job.state == "failed"))
    retry(failed)
    audit.log(me(), "jobs.retried", f"job:{failed.id}", name=failed.name)
    db.session.commit()
    return see(url_for(".show"), say=_("好的，马上再试一次"))


def _form(setting, blank=False):
    """A form of one field, of the kind that the setting's default has."""

    class SettingForm(Form):
        value = _field(setting)

    if not blank:
        return SettingForm()
    return SettingForm(None, data={"value": setting()})


def _field(setting):
    label, own = _(setting.label), f"value-{setting.name}"
    if setting.choices:
        return Picked(label, id=own, choices=[(key, _(said)) for key, said in setting.choices])
    if isinstance(setting.default, bool):
        return BooleanField(label, id=own)
    if isinstance(setting.default, int):
        given = InputRequired(_("请填一个整数"))
        limits = {"min": setting.least, "max": setting.most}
        return IntegerField(label, [given], id=own, render_kw=limits)
    return Text(label, most=200, id=own)


def _again(setting, form):
    return page(
        "staff/settings/show.html", part="staff/settings/_setting.html", status=422,
        **(_shown(setting.name, form)), setting=setting, form=form,
    )  # fmt: skip


def _page():
    return page("staff/settings/show.html", **_shown())


def _shown(name=None, form=None):
    """All that the page names; the form of `name` as it was typed."""
    forms = [(s, form if s.name == name else _form(s, blank=True)) for s in declared.values()]
    return {
        "forms": forms,
        "colleagues": accounts.everybody() if me().may("staff.write") else [],
        "roles": LABELS,
        "failed": _failed() if me().may("jobs.read") else [],
        "job_names": JOBS,
    }


def _failed():
    failed = db.select(Job).where(Job.state == "failed").order_by(Job.id.desc())
    return db.session.scalars(failed.limit(MOST_FAILED)).all()
