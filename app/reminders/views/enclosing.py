"""A photo and a voice memo beside what happened: taken in before anything is written down."""

from flask_babel import gettext as _

from app.core import uploads
from app.core.db import intend, stop_writing
from app.core.errors import N_, Refused
from app.customers import note_files

PARTS = {"photo": "image", "voice": "voice"}
LIMITS = {field: uploads.LIMITS[kind] for field, kind in PARTS.items()}


def take(form):
    """(kind, name) of what was picked now, or by an earlier try whose form came back.

    Copying a large file takes a moment: nobody waits for the writer's lock meanwhile.
    """
    picked = [name for name in PARTS if form[name].data and form[name].data.filename]
    if picked:
        stop_writing()
        for name in picked:
            _keep(form, name)
        intend("write")
    if any(form[name].errors for name in PARTS):
        raise Refused(N_("还没有存：照片或录音有问题，原因写在下面；别的内容都在"))
    kept = [(PARTS[name], form[f"kept_{name}"].data or "") for name in PARTS]
    return [(kind, name) for kind, name in kept if name and note_files.is_free(name)]


def _keep(form, name):
    """What is no photo, or too large, is said at its field; the others stay kept."""
    stream = form[name].data.stream
    try:
        form[f"kept_{name}"].data = uploads.keep(stream, PARTS[name], note_files.FOLDER).name
    except Refused as no:
        form[name].errors = [_(no.message, **no.params)]
