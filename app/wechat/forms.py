"""Shapes of what the owner types about the Official Account."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from app.core.forms import Form, Text, Written


class AppForm(Form):
    app_id = Text(_l("AppID"), most=40, render_kw={"autocomplete": "off", "placeholder": "wx…"})
    secret = Written(_l("AppSecret"), most=100)


class KeysForm(Form):
    token = Written(_l("Token"), most=100)
    aes_key = Written(_l("EncodingAESKey"), most=100)


class ProofForm(Form):
    file = FileField(
        _l("MP_verify 文件"),
        [FileRequired(_l("请选一个文件"))],
        render_kw={"accept": ".txt,text/plain"},
    )
