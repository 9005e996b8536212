"""Shapes of what is typed about coupons."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Optional

from app.campaigns.offers import EVENTS, KINDS, Gives, Rules
from app.core.forms import Choice, Day, Flag, Form, Hidden, Money, Picked, Several, Text, Whole

COUNT = {"inputmode": "numeric", "min": 0}
PERIODS = {"days": _l("发出后几天内"), "fixed": _l("固定的日子")}


class BatchForm(Form):
    """What the coupons of a batch give, when, and to whom."""

    name = Text(_l("券名"), most=30, required=True, render_kw={"autocomplete": "off"})
    kind = Choice(_l("给什么"), [(k, _l(said)) for k, said in KINDS.items()], default="off")
    amount = Money(_l("减多少"))
    percent = Whole(_l("减百分之几"), validators=[Optional()], render_kw=COUNT)
    gift = Text(_l("送什么"), most=60, render_kw={"autocomplete": "off"})
    least = Money(_l("满多少才能用"))
    period = Choice(_l("哪天能用"), list(PERIODS.items()), default="days")
    days = Whole(_l("几天"), validators=[Optional()], default=30, render_kw=COUNT)
    starts_on = Day(_l("从哪天起"))
    ends_on = Day(_l("用到哪天"))
    stock = Whole(_l("一共几张"), validators=[Optional()], render_kw=COUNT)
    per_person = Whole(_l("每人最多几张"), validators=[Optional()], default=1, render_kw=COUNT)
    members_only = Flag(_l("粉丝专享：只给关注了公众号的客户"))
    event = Picked(_l("怎么发"), [(k, _l(said)) for k, said in EVENTS.items()], default="")
    price = Whole(_l("要多少积分换"), validators=[Optional()], render_kw=COUNT)
    text = Text(_l("使用说明"), most=200, render_kw={"autocomplete": "off"})

    @property
    def gives(self) -> Gives:
        fixed = self.period.data == "fixed"
        return Gives(
            self.kind.data or "", self.amount.data or 0, self.percent.data or 0,
            self.gift.data or "", self.least.data or 0, 0 if fixed else self.days.data or 0,
            self.starts_on.data if fixed else None, self.ends_on.data if fixed else None,
        )  # fmt: skip

    def rules(self, event: str) -> Rules:
        return Rules(
            self.text.data or "", self.stock.data or 0, self.per_person.data or 0,
            bool(self.members_only.data), event, self.price.data or 0,
        )  # fmt: skip


class GrantForm(Form):
    batch = Picked(_l("发哪种券"), coerce=int)
    once = Hidden(most=40)


class GiveForm(Form):
    """A few customers at once, ticked by hand."""

    customers = Several(_l("给谁"), validate_choice=False)


class WithdrawForm(Form):
    reason = Text(_l("为什么收回"), most=200, required=True, render_kw={"autocomplete": "off"})


class NumberForm(Form):
    number = Text(
        _l("券号"), most=300, required=True,
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )  # fmt: skip


class RedeemForm(Form):
    amount = Money(_l("这次一共多少钱（用券前）"))


class InviterForm(Form):
    inviter = Whole(_l("介绍人"), validators=[InputRequired(_l("请选一位客户"))])
