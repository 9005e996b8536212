"""The platform's rules for answers, as rows that the owner can correct when WeChat changes them."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.core.db import db
from app.core.doors import door
from app.core.forms import Form
from app.core.web import page, see
from app.staff import audit
from app.staff.signing_in import me
from app.wechat import allowances

bp = Blueprint("allowances", __name__)

MOST_MINUTES = 30 * 24 * 60


@bp.get("/settings/allowances")
@door("settings.write")
def show():
    return _page(_form(blank=True))


@bp.post("/settings/allowances")
@door("settings.write")
def put():
    form = _form()
    if not form.validate():
        return _page(form, 422)
    for trigger in allowances.TRIGGERS:
        allowances.set_rule(trigger, form[f"{trigger}_most"].data, form[f"{trigger}_minutes"].data)
    audit.log(me(), "allowances.changed", "settings:allowances", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for(".show"), say=_("保存好了"))


def _form(blank=False):
    """A form of two numbers for each trigger."""

    class RulesForm(Form):
        pass

    known = allowances.rules()
    for trigger in allowances.TRIGGERS:
        setattr(RulesForm, f"{trigger}_most", _number(_("几条"), allowances.UNLIMITED))
        setattr(RulesForm, f"{trigger}_minutes", _number(_("几分钟内"), MOST_MINUTES))
    if not blank:
        return RulesForm()
    values = {f"{trigger}_most": rule.most for trigger, rule in known.items()}
    values |= {f"{t}_minutes": int(rule.lasting.total_seconds()) // 60 for t, rule in known.items()}
    return RulesForm(None, data=values)


def _number(label, most):
    said = _("请填 %(least)s 到 %(most)s 之间的数", least=1, most=most)
    return IntegerField(
        label, [InputRequired(said), NumberRange(1, most, said)], render_kw={"min": 1, "max": most}
    )


def _page(form, status=200):
    return page(
        "wechat/allowances/show.html", form=form, triggers=allowances.TRIGGERS,
        unlimited=allowances.UNLIMITED, status=status,
    )  # fmt: skip
