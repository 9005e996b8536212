"""Why somebody should be contacted, in one sentence that a shop owner reads."""

from datetime import date

from app.core import words
from app.core.formats import short_day
from app.core.words import say as _
from app.reminders import quiet
from app.reminders.models import COUPON, QUIET, REFILL, REVISIT


def about(one):
    """What a follow-up is about: its own words, or the silence that it is for."""
    if one.kind == QUIET and not one.what:
        return silence(one.customer if hasattr(one, "customer") else one, one.lapse_on)
    if one.kind == REFILL:
        return refill(one.what, **getattr(one, "why", {}))
    if one.kind == COUPON:
        return coupon(one.what, **getattr(one, "why", {}))
    if one.kind == REVISIT:
        return _("投诉办完了，回访一下：%(what)s", what=one.what)
    return one.what


def coupon(what, ends_on="", **_more):
    """«有张券快到期了：满 100 减 20，用到11月25日»; a row of a list says the beginning."""
    if not ends_on:
        return _("有张券快到期了：%(what)s", what=what)
    day = short_day(date.fromisoformat(ends_on))
    return _("有张券快到期了：%(what)s，用到%(day)s", what=what, day=day)


def refill(what, last_on="", days=0, own=False, **_more):
    """«该补货了：奶粉二段，10月3日买的，通常 14 天买一次»; a row of a list says the beginning."""
    if not last_on:
        return _("该补货了：%(what)s", what=what)
    told = {"what": what, "on": short_day(date.fromisoformat(last_on)), "days": words.days(days)}
    if own:
        return _("该补货了：%(what)s，%(on)s买的，通常 %(days)s买一次", **told)
    return _("该补货了：%(what)s，%(on)s买的，大约够用 %(days)s", **told)


def silence(c, since=None):
    """«通常每 21 天来一次，已 47 天没来» for a customer, or a row with quiet.REASONS."""
    return told(**quiet.reason(c, since))


def told(visits, usual, days, first):
    """The sentence of these numbers; they are what a moment «变安静了» keeps."""
    gone = words.days(days)
    if visits > 2:
        return _("通常每 %(usual)s来一次，已 %(gone)s没来", usual=words.days(usual), gone=gone)
    if visits == 2:
        return _("来过 2 次，相隔 %(usual)s，已 %(gone)s没来", usual=words.days(usual), gone=gone)
    if visits:
        return _(
            "%(first)s 第一次来，已 %(gone)s没来第二次",
            first=short_day(date.fromisoformat(first)),
            gone=gone,
        )
    return _("通常每 %(usual)s联系一次，已 %(gone)s没有消息", usual=words.days(usual), gone=gone)
