"""Shapes of what is typed for an import."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired

from app.core.forms import Form


class UploadForm(Form):
    file = FileField(_l("Excel 或 CSV 文件"), [FileRequired(_l("请选择一个文件"))])
