"""The owner's tags and sources as fields of a form, and what was chosen of them."""

from flask_babel import gettext as _

from app.customers import tags

OPENED = "-"  # before the numbers: a form that was opened with none is not one without the field


def offer_tags(form):
    """Fill in what may be chosen; a list without words is no field."""
    form.tags.choices = [(one.id, one.name) for one in tags.all_of(tags.TAG)]
    sources = [(one.id, one.name) for one in tags.all_of(tags.SOURCE)]
    form.origin.choices = [(0, _("不清楚")), *sources]
    form.has_sources = bool(sources)
    return form


def chosen_tags(form):
    """The numbers of what was chosen, the source among them."""
    return [*(form.tags.data or []), *([form.origin.data] if form.origin.data else [])]


def opened_with(ids):
    """What the form remembers of the moment when it was opened."""
    return OPENED + ",".join(str(one) for one in ids)


def numbers(text):
    return [
        int(part)
        for part in text.removeprefix(OPENED).split(",")
        if part.isascii() and part.isdigit() and len(part) < 10
    ]
