"""Shapes of what is typed about a purchase."""

from flask_babel import lazy_gettext as _l

from app.core.clock import today
from app.core.forms import Day, Form, Hidden, Money, Text, Whole


class OrderForm(Form):
    """Ten seconds: the amount, the day when it is not today, and what it was."""

    amount = Money(_l("金额"), required=True)
    on = Day(_l("日期"), required=True, default=today)
    text = Text(_l("买了什么"), most=200, render_kw={"autocomplete": "off"})
    once = Hidden(most=40)


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
