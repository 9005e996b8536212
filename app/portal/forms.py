"""The forms of the members' pages: shape only."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Flag, Form, Hidden


class JoinForm(Form):
    agree = Flag(_l("我看过告知书，同意成为会员"))
    service = Flag(_l("可以给我发服务通知（售后、欠款、预订）"), default=True)
    marketing = Flag(_l("可以给我发优惠和活动消息"))
    to = Hidden(most=500)
