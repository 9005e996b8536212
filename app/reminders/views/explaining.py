"""How 熟客 decides who has gone quiet, and how good it was last quarter: one page for the owner."""

from datetime import date

from flask import Blueprint, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door
from app.core.formats import roughly, short_day
from app.core.web import page, see
from app.customers import shop_rhythm
from app.customers.listing import STATES
from app.reminders import backtest, judging, picking
from app.sales import gathering

bp = Blueprint("explaining", __name__)

RULES = ("ours", "30", "60", "90")


@bp.get("/settings/quiet")
@door("settings.write")
def show():
    kept = gathering.kept(picking.JUDGED)
    facts = kept.facts if kept else {}
    return page(
        "reminders/explaining/show.html", pace=shop_rhythm.current(), states=STATES,
        gaps=shop_rhythm.gaps_known(), kept=kept, rules=_rules(facts), bands=facts.get("bands", []),
        warm=facts.get("warm", [0, 0, 0, 0]), warmth=picking.warmth(), sampled=_sampled(facts),
        quarter=_quarter(facts), effect=backtest.effect(), fewest=judging.FEWEST_CELL,
        per_day=picking.PER_DAY(), per_person=picking.PER_PERSON(), roughly=roughly,
    )  # fmt: skip


@bp.post("/settings/quiet/judgements")
@door("settings.write")
def create():
    backtest.judge.later()
    db.session.commit()
    return see(url_for(".show"), say=_("在算了，一两分钟后刷新这一页"))


def _rules(facts):
    """The rows of the table, ours first."""
    found = facts.get("rules", {})
    names = {"ours": _("本店现在的办法"), **{n: _("满 %(n)s 天没来", n=n) for n in RULES[1:]}}
    return [(names[key], found[key]) for key in RULES if key in found]


def _quarter(facts):
    if not facts:
        return ""
    ends = [short_day(date.fromordinal(facts[edge])) for edge in ("from", "to")]
    return _("%(first)s 到 %(last)s", first=ends[0], last=ends[1])


def _sampled(facts):
    """How many customers it is told of, where these are not all."""
    return facts.get("customers", 0) if facts.get("share", 1) < 1 else 0
