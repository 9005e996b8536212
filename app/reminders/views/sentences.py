"""Why somebody should be contacted, in one sentence that a shop owner reads."""

from datetime import date

from app.core.formats import short_day
from app.core.words import say as _
from app.reminders import quiet
from app.reminders.models import QUIET


def about(one):
    """What a follow-up is about: its own words, or the silence that it is for."""
    if one.kind == QUIET and not one.what:
        return silence(one.customer if hasattr(one, "customer") else one, one.lapse_on)
    return one.what


def silence(c, since=None):
    """«通常每 21 天来一次，已 47 天没来» for a customer, or a row with quiet.REASONS."""
    return told(**quiet.reason(c, since))


def told(visits, usual, days, first):
    """The sentence of these numbers; they are what a moment «变安静了» keeps."""
    if visits > 2:
        return _("通常每 %(usual)s 天来一次，已 %(days)s 天没来", usual=usual, days=days)
    if visits == 2:
        return _("来过 2 次，相隔 %(usual)s 天，已 %(days)s 天没来", usual=usual, days=days)
    if visits:
        return _(
            "%(first)s 第一次来，已 %(days)s 天没来第二次",
            first=short_day(date.fromisoformat(first)),
            days=days,
        )
    return _("通常每 %(usual)s 天联系一次，已 %(days)s 天没有消息", usual=usual, days=days)
