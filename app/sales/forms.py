"""Shapes of what is typed about a purchase."""

from flask_babel import lazy_gettext as _l

from app.core.clock import today
from app.core.forms import Day, Form, Hidden, Money, Text


class OrderForm(Form):
    """Ten seconds: the amount, the day when it is not today, and what it was."""

    amount = Money(_l("金额"), required=True)
    on = Day(_l("日期"), required=True, default=today)
    text = Text(_l("买了什么"), most=200, render_kw={"autocomplete": "off"})
    once = Hidden(most=40)


class VoidForm(Form):
    reason = Text(_l("作废的原因"), most=200, required=True)
