"""The photo or the voice memo of a note, for those who may see its customer at this moment."""

from flask import Blueprint, abort, request
from flask_babel import gettext as _

from app.core import files
from app.core.doors import door
from app.customers import note_files
from app.customers.views.people import find

bp = Blueprint("note_files", __name__)

ENDINGS = {"image": ".jpg", "voice": ".mp3"}


@bp.get("/customers/<int:customer_id>/files/<int:file_id>")
@door("customers.read")
def show(customer_id, file_id):
    one = note_files.of(find(customer_id), file_id) or abort(404)
    small = "small" in request.args
    path = note_files.path_of(one, small=small) or abort(404)
    return files.hand_out(path, one.mime, f"{_('跟进')}-{one.id}{ENDINGS[one.kind]}")
