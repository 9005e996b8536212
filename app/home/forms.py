"""Shapes of what an owner types on the pages of this room."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField
from wtforms.validators import InputRequired

from app.core.forms import Form


class DownloadForm(Form):
    password = PasswordField(
        _l("你的登录密码"),
        [InputRequired(_l("这里要填写"))],
        render_kw={"autocomplete": "current-password"},
    )
