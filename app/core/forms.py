"""The base of all forms and our few field types. Shape only: rules of the world live in verbs."""

import unicodedata
from datetime import date, datetime, time
from functools import cache
from gettext import NullTranslations, translation
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import DateField, DateTimeLocalField, Field, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.i18n import messages_path
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.clock import at_local, local
from app.core.errors import Refused
from app.core.written import LONGEST, parse_money

__all__ = [
    "Choice", "Day", "Flag", "Form", "Hidden", "Moment", "Money", "Picked", "Several", "Text",
    "Whole", "Written", "clean", "refuse",
]  # fmt: skip

KEPT_CONTROLS = {"\n", "\t"}
YEARS = range(1900, 2200)


def clean(text: str) -> str:
    """One rule for all text that comes in: NFC, no NUL, no control characters, no surrogates."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        c for c in normal if c in KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs")
    )


def _trimmed(value: Any) -> Any:
    return clean(value).strip() if isinstance(value, str) else value


@cache
def _their_words(language: str) -> NullTranslations:
    """The catalogue of the form library: by itself it reads its file anew for every request."""
    return translation("wtforms", messages_path(), [language], fallback=True)


class Form(FlaskForm):
    """A form. `values` is its data without the token."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: Any) -> NullTranslations:
            return _their_words(str(get_locale()))

    @property
    def values(self) -> dict[str, Any]:
        return {f.short_name: f.data for f in self if f.short_name not in ("csrf_token", "submit")}


def refuse(form: Form, no: Refused, field: str | None = None) -> None:
    """Show a verb's refusal at the field that it is about, or above the form."""
    message = _l(no.message, **no.params)
    name = no.field or field
    if name and name in form:
        form[name].errors = [*form[name].errors, message]
    else:
        form.form_errors.append(message)


def Text(
    label: Any, *, most: int = 100, required: bool = False, area: bool = False, **kw: Any
) -> Any:
    """A line, or an area, of cleaned text."""
    rules: list[Any] = [Length(max=most, message=_l("太长了，最多 %(max)d 个字"))]
    rules.insert(0, DataRequired(_l("这里要填写")) if required else Optional())
    kind = TextAreaField if area else StringField
    kw.setdefault("default", "")  # a field that was not sent is an empty one
    return kind(
        label,
        rules,
        filters=[_trimmed],
        render_kw={"maxlength": most, **kw.pop("render_kw", {})},
        **kw,
    )


def Written(label: Any, *, most: int = 200, **kw: Any) -> Any:
    """A secret: it goes in and is never shown again. Empty leaves the one that is kept."""
    rules = [Optional(), Length(max=most, message=_l("太长了，最多 %(max)d 个字"))]
    more = {"autocomplete": "new-password", "maxlength": most}
    return PasswordField(label, rules, filters=[_trimmed], render_kw=more, default="", **kw)


def Whole(label: Any, **kw: Any) -> Any:
    return IntegerField(label, **kw)


def Hidden(*, most: int = 100) -> Any:
    """What the page remembers for the person: cleaned, and cut rather than refused."""
    return HiddenField(filters=[lambda value: _trimmed(value or "")[:most]])


def Flag(label: Any, **kw: Any) -> Any:
    return BooleanField(label, **kw)


def Choice(label: Any, choices: Any, *, required: bool = False, **kw: Any) -> Any:
    """One of few, as chips."""
    rules = [InputRequired(_l("请选一个"))] if required else [Optional()]
    kw.setdefault("coerce", _text_or_empty)
    return RadioField(label, rules, choices=_options(choices), validate_choice=True, **kw)


def Picked(label: Any, choices: Any = (), **kw: Any) -> Any:
    """One of many, as a list."""
    return SelectField(label, choices=_options(choices), **kw)


def Several(label: Any, choices: Any = (), **kw: Any) -> Any:
    """Any number of few, as chips; their numbers."""
    kw.setdefault("coerce", int)
    box = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}
    return SelectMultipleField(label, choices=_options(choices), **box, **kw)


def _options(pairs: Any) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _text_or_empty(value: object) -> str:
    return "" if value is None else str(value)


class _InRange:
    def __call__(self, _form: Form, field: Field) -> None:
        if field.data is not None and field.data.year not in YEARS:
            raise ValidationError(_l("这个日期不对，请检查年份"))


class _LocalDateTime(DateTimeLocalField):
    """A moment on the shop's clock; `data` is aware UTC."""

    def process_data(self, value: datetime | None) -> None:
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return local(self.data).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            naive = datetime.fromisoformat(valuelist[0].strip())
            if naive.tzinfo is not None or naive.year not in YEARS:
                raise ValueError
            self.data = at_local(naive.date(), time(naive.hour, naive.minute))
        except (ValueError, OverflowError):
            self.data = None
            raise ValueError(_l("时间写得不对，请像 2026-11-22 15:00 这样写")) from None


class _Day(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError:
            self.data = None
            raise ValueError(_l("日期写得不对，请像 2026-11-22 这样写")) from None


class _Money(StringField):
    """An amount of money; `data` is whole 分."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data // 100}.{self.data % 100:02d}" if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        try:
            self.data = parse_money(typed, exact=True) if typed else None
        except Refused as no:
            raise ValueError(_l(no.message, **no.params)) from no


def Money(label: Any, *, required: bool = False, **kw: Any) -> Any:
    """An amount in 元, kept as 分."""
    first = InputRequired(_l("请填金额")) if required else Optional()
    more = {"inputmode": "decimal", "autocomplete": "off", "maxlength": LONGEST}
    return _Money(label, [first], render_kw=more, **kw)


def Moment(label: Any, *, required: bool = False, **kw: Any) -> Any:
    """A local date and time, to the minute."""
    first = InputRequired(_l("请选一个时间")) if required else Optional()
    return _LocalDateTime(label, [first, _InRange()], **kw)


def Day(label: Any, *, required: bool = False, **kw: Any) -> Any:
    """A local calendar day."""
    first = InputRequired(_l("请选一个日期")) if required else Optional()
    return _Day(label, [first, _InRange()], **kw)
