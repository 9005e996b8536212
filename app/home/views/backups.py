"""The owner's backups: make one now, see that they are proved, take one away."""

from flask import Blueprint, abort, request, send_file, url_for
from flask_babel import gettext as _

from app.core.backup import keeping
from app.core.backup.models import DONE, Backup
from app.core.db import db, let_go
from app.core.doors import door
from app.core.errors import Refused
from app.core.web import done, page, see
from app.home.forms import DownloadForm
from app.staff import audit, signing_in
from app.staff.signing_in import me

bp = Blueprint("backups", __name__)


@bp.get("/settings/backups")
@door("backups.manage")
def index():
    return page("home/backups/index.html", part="home/backups/_list.html", **_screen())


@bp.post("/settings/backups")
@door("backups.manage")
def create():
    try:
        backup = keeping.ask_now()
    except Refused as no:
        db.session.rollback()
        return page(
            "home/backups/index.html", part="home/backups/_list.html", status=422,
            **{**_screen(), "fault": _(no.message, **no.params)},
        )  # fmt: skip
    audit.log(me(), "backup.asked", f"backup:{backup.id}", address=_address())
    db.session.commit()
    return done("home/backups/_list.html", url_for(".index"), **_screen())


@bp.get("/settings/backups/<int:backup_id>")
@door("backups.manage")
def show(backup_id):
    return _one(_find(backup_id), DownloadForm(None))


@bp.post("/settings/backups/<int:backup_id>/verification")
@door("backups.manage")
def verify(backup_id):
    backup = _find(backup_id)
    keeping.verify(backup)
    audit.log(me(), "backup.verified", f"backup:{backup.id}", address=_address())
    db.session.commit()
    return see(url_for(".index"), say=_("正在试恢复，验证完时间会更新"))


@bp.post("/settings/backups/<int:backup_id>/download")
@door("backups.manage")
def download(backup_id):
    """The whole shop leaves the house: only the owner, who types the password for it."""
    backup, form = _find(backup_id), DownloadForm()
    path = keeping.path_of(backup)
    if not form.validate():
        return _one(backup, form, 422)
    try:
        signing_in.confirm(me(), form.password.data, address=_address())
    except Refused as no:
        form.password.errors = [_(no.message, **no.params)]
        return _one(backup, form, 422)
    if backup.state != DONE or not path.is_file():
        abort(404)
    audit.log(me(), "backup.downloaded", f"backup:{backup.id}", address=_address())
    db.session.commit()
    let_go()
    kind = "application/octet-stream" if backup.sealed else "application/x-tar"
    answer = send_file(path, mimetype=kind, as_attachment=True, download_name=backup.file)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _find(backup_id):
    return db.one_or_404(db.select(Backup).where(Backup.id == backup_id))


def _address():
    return request.remote_addr or ""


def _one(backup, form, status=200):
    return page(
        "home/backups/show.html", status=status, backup=backup, form=form,
        there=keeping.path_of(backup).is_file(), path=keeping.path_of(backup),
        stuck=keeping.is_stuck(backup),
    )  # fmt: skip


def _screen():
    """All that the list names."""
    backups = keeping.listed()
    return {
        "backups": [(one, keeping.is_stuck(one)) for one in backups],
        "good": keeping.last_good(),
        "folder": keeping.folder(),
        "hour": keeping.HOUR(),
        "days": keeping.DAYS(),
        "sealed": bool(keeping.machine[0].backup_passphrase),
        "fault": "",
    }
