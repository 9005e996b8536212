"""Setting WeCom up: the shop's app, and the robot of a group."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import audit
from app.staff.signing_in import me
from app.wecom import accounts
from app.wecom.forms import SetupForm

bp = Blueprint("wecom", __name__)


@bp.get("/settings/wecom")
@door("settings.write")
def show():
    return _page(SetupForm(None, data=accounts.values()))


@bp.post("/settings/wecom")
@door("settings.write")
def update():
    form = SetupForm()
    if not form.validate():
        return _page(form, 422)
    try:
        changed = accounts.put(**form.values)
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    if changed:
        audit.log(me(), "wecom.changed", "wecom", address=request.remote_addr or "", names=changed)
    db.session.commit()
    return see(url_for(".show"), say=_("保存好了，到“我的 › 提醒发到哪里”发一条测试看看"))


def _page(form, status=200):
    return page(
        "wecom/setup/show.html", form=form, locked=accounts.locked(), status=status,
        complete=accounts.app() is not None, has_robot=bool(accounts.robot()),
    )  # fmt: skip
