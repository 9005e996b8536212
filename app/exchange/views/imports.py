"""Upload, correct the columns, try out, import, and fetch what was refused."""

from io import BytesIO

from flask import Blueprint, abort, request, send_file, url_for
from flask_babel import gettext as _

from app.core import tables
from app.core.db import db, writing
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import clean, refuse
from app.core.web import done, number_arg, page, see
from app.exchange import importing, mapping, reading, uploads
from app.exchange.fields import CUSTOMER, FIELDS, PURCHASE
from app.exchange.forms import UploadForm
from app.exchange.models import ImportRun
from app.staff import access, audit
from app.staff.signing_in import me

bp = Blueprint("imports", __name__)

PAGE = 20
SHOWN = 20  # refused rows on the page; the rest is in the file to download
KINDS = {
    "csv": ("text/csv", tables.write_csv),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        tables.write_xlsx,
    ),
}


@bp.get("/imports")
@door("import.run")
def index():
    runs = importing.runs(before=number_arg("before"), most=PAGE + 1)
    more = url_for(".index", before=runs[PAGE - 1].id) if len(runs) > PAGE else None
    return page("exchange/imports/index.html", runs=runs[:PAGE], next_url=more)


@bp.get("/imports/new")
@door("import.run")
def new():
    return page("exchange/imports/new.html", form=UploadForm(None))


@bp.post("/imports")
@door("import.run")
def create():
    form = UploadForm()
    if not form.validate():
        return page("exchange/imports/new.html", form=form, status=422)
    try:
        run = _taken_in(form.file.data)
    except Refused as no:
        refuse(form, no, "file")
        return page("exchange/imports/new.html", form=form, status=422)
    db.session.commit()
    return see(url_for(".show", run_id=run.id))


@bp.get("/imports/<int:run_id>")
@door("import.run")
def show(run_id):
    run = _find(run_id)
    return page("exchange/imports/show.html", part="exchange/imports/_run.html", **_screen(run))


@bp.get("/imports/<int:run_id>/progress")
@door("import.run")
def progress(run_id):
    """What the page asks every second while the worker is at it."""
    run = _find(run_id)
    return page("exchange/imports/show.html", part="exchange/imports/_run.html", **_screen(run))


@bp.post("/imports/<int:run_id>/columns")
@door("import.run")
def remap(run_id):
    run = _find(run_id)
    sheets = mapping.chosen(run.sheets, lambda name: request.form.get(name, ""))
    try:
        importing.remap(run, sheets)
        if request.form.get("then") == "check":
            importing.try_out(run)
    except Refused as no:
        return _again(run, sheets, no)
    db.session.commit()
    return done("exchange/imports/_run.html", url_for(".show", run_id=run.id), **_screen(run))


@bp.post("/imports/<int:run_id>/confirmation")
@door("import.run")
def confirm(run_id):
    run = _find(run_id)
    importing.confirm(run, by=me())
    db.session.commit()
    return done("exchange/imports/_run.html", url_for(".show", run_id=run.id), **_screen(run))


@bp.post("/imports/<int:run_id>/trial")
@door("import.run")
def retry(run_id):
    """Try out again what has stumbled."""
    run = _find(run_id)
    importing.try_out(run)
    db.session.commit()
    return done("exchange/imports/_run.html", url_for(".show", run_id=run.id), **_screen(run))


@bp.get("/imports/<int:run_id>/refused/<int:sheet>.<any(csv, xlsx):kind>")
@door("import.run")
def refused(run_id, sheet, kind):
    """The refused rows as they were, with why beside them: mend them and import them again."""
    run = _find(run_id)
    if sheet >= len(run.sheets):
        abort(404)
    header = [*run.sheets[sheet]["header"], _("原因")]
    width = len(header) - 1
    rows = (
        [*row.cells[:width], *[""] * (width - len(row.cells)), _(row.reason, **row.params)]
        for row in importing.problems(run, sheet=sheet)
    )
    with writing():
        what, address = f"import:{run.id}", request.remote_addr or ""
        audit.log(me(), "import.downloaded", what, address=address, sheet=sheet)
        access.note(me(), access.FILE, what, address=address, sheet=sheet)
    media, write = KINDS[kind]
    file = BytesIO()
    write(file, header, rows)
    file.seek(0)
    name = _("退回的行") + f"-{run.id}.{kind}"
    return send_file(file, mimetype=media, as_attachment=True, download_name=name)


def _taken_in(upload):
    path, digest = uploads.keep(upload.stream)
    try:
        name = clean(upload.filename or "")
        sheets = reading.look(uploads.where(path), name)
        return importing.start(name, path, digest, sheets, by=me())
    except Refused:
        uploads.forget(path)
        raise


def _again(run, sheets, no):
    db.session.rollback()
    return page(
        "exchange/imports/show.html",
        part="exchange/imports/_run.html",
        status=422,
        **{**_screen(run), "sheets": sheets, "fault": _(no.message, **no.params)},
    )


def _find(run_id):
    return db.one_or_404(db.select(ImportRun).where(ImportRun.id == run_id))


def _screen(run):
    """All that the run's templates name."""
    return {
        "run": run,
        "sheets": run.sheets,
        "fault": _(run.fault, **run.fault_params) if run.fault else "",
        "fields": FIELDS,
        "customer_fields": CUSTOMER,
        "purchase_fields": PURCHASE,
        "field_name": mapping.field_name,
        "preview": reading.preview,
        "left_out": reading.left_out,
        "refused_rows": importing.first_problems(run, SHOWN) if run.refused else [],
        "refused_sheets": importing.refused_sheets(run) if run.refused else [],
    }
