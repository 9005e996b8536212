"""Shapes of what the owner types about WeCom."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Flag, Form, Text, Written


class SetupForm(Form):
    corp_id = Text(_l("企业 ID"), most=40, render_kw={"autocomplete": "off", "placeholder": "ww…"})
    agent_id = Text(
        _l("AgentId"), most=12, render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )
    secret = Written(_l("Secret"), most=100)
    robot = Written(_l("群机器人的 Webhook 地址"), most=200)
    forget_robot = Flag(_l("不再用这个机器人"))
