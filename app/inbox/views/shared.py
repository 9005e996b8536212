"""What a customer sees who opens a file of the shop: a page, and the file to be saved."""

from flask import Blueprint, url_for

from app.core import files
from app.core.doors import public
from app.core.web import page
from app.inbox import attaching, sharing

bp = Blueprint("shared", __name__)


@bp.get(f"{sharing.PLACE}<key>")
@public
def show(key):
    media = sharing.opened(key)
    if media is None:
        return _quietly(page("inbox/shared/over.html", status=404))
    return _quietly(
        page(
            "inbox/shared/show.html",
            called=media.message.text,
            size=sharing.size_of(media),
            url=url_for(".save", key=key),
        )
    )


@bp.get(f"{sharing.PLACE}<key>/file")
@public
def save(key):
    media = sharing.opened(key)
    if media is None:
        return _quietly(page("inbox/shared/over.html", status=404))
    path = attaching.path_of(media)
    return _quietly(files.hand_out(path, files.UNKNOWN, media.message.text, save=True))


def _quietly(answer):
    """No search engine remembers it, and no address that it leads to hears of it."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
