"""开始正式使用: what goes, what stays, who the owner is, and the one line that is left to set."""

from flask import Blueprint, abort, current_app, url_for

from app.core.db import db, let_go
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.practice import going_live, removing
from app.staff import accounts, signing_in
from app.staff.forms import JoinForm
from app.staff.roles import OWNER
from app.staff.signing_in import me

bp = Blueprint("going_live", __name__)


@bp.get("/settings/going-live")
@door("settings.write")
def show():
    if going_live.is_open():
        return page(
            "practice/going_live/done.html", part="practice/going_live/_done.html",
            clearing=going_live.is_clearing(), line=_line(), address=_settings().address,
        )  # fmt: skip
    return _page(JoinForm(None))


@bp.post("/settings/going-live")
@door("settings.write")
def create():
    if _settings().env != "demo" or going_live.is_open():
        abort(404)
    form = JoinForm()
    owners = going_live.real_owners()
    if not owners and not form.validate():
        return _page(form, 422)
    try:
        owner = owners[0] if owners else _owner_of(form)
        going_live.begin(_settings().media_root, by=owner)
    except Refused as no:
        refuse(form, no)
        return _page(form, 422)
    if owners:
        db.session.commit()
        return see(url_for(".show"))
    token = signing_in.open_session(owner, **signing_in.asking())
    db.session.commit()
    return signing_in.give_cookie(see(url_for(".show")), token)


def _owner_of(form):
    """The new owner; the demo's own goes with the demo."""
    let_go()
    hashed = accounts.hashed(form.password.data, accounts.account_name(form.name.data))
    return accounts.add(
        form.name.data, role=OWNER, display=form.display.data, password_hash=hashed, by=me()
    )


def _settings():
    return current_app.config["SHUKE"]


def _line():
    """The one line with which the same shop starts in production, on its own key."""
    settings = _settings()
    url = settings.public_url or settings.local_url
    return (
        f"SHUKE_ENV=production SECRET_KEY_FILE={settings.instance / 'secret_key'} "
        f"PUBLIC_URL={url} make run"
    )


def _page(form, status=200):
    return page(
        "practice/going_live/show.html", form=form, owners=going_live.real_owners(),
        gone=removing.size(), kept=going_live.kept(), demo=_settings().env == "demo",
        status=status,
    )  # fmt: skip
