"""Shapes of what is typed about products, purchases, refunds, debts and stages of care."""

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField
from wtforms import Form as Part
from wtforms.validators import InputRequired, NumberRange, Optional

from app.core.clock import today
from app.core.forms import Choice, Day, Form, Hidden, Money, Picked, Several, Text, Whole
from app.sales import basket
from app.sales.basket import Typed
from app.sales.debts import METHODS
from app.sales.shelf import LONGEST_CYCLE
from app.sales.stages import BASES, UNITS

LINES = 8  # of a form: those below an empty one are hidden
DAYS = {"inputmode": "numeric", "min": 0, "max": LONGEST_CYCLE}


def _pieces(most: int) -> list[object]:
    return [Optional(), NumberRange(1, most, _l("请填 1 到 %(max)s 的整数"))]


class LineForm(Part):
    """One thing of a purchase; the token is the whole form's."""

    name = Text(_l("商品"), most=60, render_kw={"autocomplete": "off"})
    quantity = Whole(_l("数量"), validators=_pieces(basket.MOST_PIECES))
    price = Money(_l("单价"))


class OrderForm(Form):
    """Ten seconds: the amount, the day when it is not today, and what it was."""

    amount = Money(_l("金额"))
    picks = Several(_l("常买的"), validate_choice=False)  # one taken down meanwhile is left out
    text = Text(_l("买了什么"), most=200, render_kw={"autocomplete": "off"})
    lines = FieldList(FormField(LineForm), min_entries=LINES, max_entries=basket.MOST)
    on = Day(_l("日期"), required=True, default=today)
    owed = Money(_l("还欠多少"))
    due_on = Day(_l("约好哪天付"))
    once = Hidden(most=40)

    @property
    def typed(self) -> list[Typed]:
        """The lines that somebody filled in."""
        return [
            Typed(one["name"].data, one["quantity"].data, one["price"].data)
            for one in self.lines
            if one["name"].data
        ]

    @property
    def shows_lines(self) -> bool:
        return bool(self.typed or self.lines.errors)

    @property
    def shows_debt(self) -> bool:
        asked = (self.owed, self.due_on)
        return any(one.data or one.errors for one in asked)


class EditForm(OrderForm):
    """The same, and which version of the purchase somebody saw."""

    version = Whole(_l("版本"))


class VoidForm(Form):
    reason = Text(_l("作废的原因"), most=200, required=True)


class RefundForm(Form):
    amount = Money(_l("退多少"), required=True)
    reason = Text(_l("为什么退"), most=200, render_kw={"autocomplete": "off"})
    on = Day(_l("哪天退的"), required=True, default=today)
    once = Hidden(most=40)


class PaymentForm(Form):
    amount = Money(_l("收了多少"), required=True)
    method = Choice(_l("怎么付的"), [(key, _l(label)) for key, label in METHODS.items()])
    on = Day(_l("哪天收的"), required=True, default=today)
    once = Hidden(most=40)


class ProductForm(Form):
    name = Text(_l("商品名"), most=60, required=True, render_kw={"autocomplete": "off"})
    price = Money(_l("价格"))
    category = Text(_l("分类"), most=30, render_kw={"autocomplete": "off", "list": "categories"})
    cycle_days = Whole(_l("一份通常用多少天"), validators=[Optional()], render_kw=DAYS)
    warranty_days = Whole(_l("保修多少天"), validators=[Optional()], render_kw=DAYS)
    stage = Picked(_l("适合哪个阶段"), coerce=int, default=0)


class LineOfCareForm(Form):
    name = Text(_l("名字"), most=30, required=True, render_kw={"autocomplete": "off"})
    basis = Choice(
        _l("从哪天算起"), [(key, _l(said)) for key, said in BASES.items()], required=True
    )
    category = Text(_l("买了哪个分类的商品"), most=30, render_kw={"list": "categories"})


class StageForm(Form):
    """A stage of a line; `line` and `stage` stand in the address."""

    name = Text(_l("阶段"), most=30, required=True, render_kw={"autocomplete": "off"})
    after = Whole(_l("过多久"), validators=[InputRequired(_l("请填一个整数"))])
    unit = Choice("", [(key, _l(said)) for key, said in UNITS.items()], default="month")
    ahead = Whole(_l("提前几天提醒"), validators=[Optional()])
    says = Text(_l("提醒里写什么"), most=200, required=True)


class CareDateForm(Form):
    line = Picked(_l("记什么"), coerce=int)
    name = Text(_l("叫什么"), most=30, render_kw={"autocomplete": "off"})
    on = Day(_l("日期"), required=True)
