"""Shapes of what colleagues type about themselves and about each other."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from app.core.forms import Choice, Flag, Form, Picked, Text
from app.staff.roles import AGENT, LABELS, MANAGER, OWNER

ROLES = [(role, _l(LABELS[role])) for role in (AGENT, MANAGER, OWNER)]
LANGUAGES = [("zh", "中文"), ("en", "English")]


class SignInForm(Form):
    name = Text(_l("登录名"), most=60, required=True, render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("密码"),
        [InputRequired(_l("这里要填写")), Length(max=128, message=_l("密码太长了"))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class CodeForm(Form):
    code = Text(
        _l("验证码"), most=40, required=True,
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "none"},
    )  # fmt: skip
    next = HiddenField()


class NewPassword(Form):
    """A password chosen twice."""

    password = PasswordField(
        _l("新密码"),
        [InputRequired(_l("这里要填写"))],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("再输一次新密码"),
        [EqualTo("password", message=_l("两次输入的不一样，请再输一次"))],
        render_kw={"autocomplete": "new-password"},
    )


class ProofForm(Form):
    """Who changes how they sign in proves first to be themselves."""

    current = PasswordField(
        _l("现在的密码"),
        [InputRequired(_l("这里要填写"))],
        render_kw={"autocomplete": "current-password"},
    )


class PasswordForm(NewPassword, ProofForm):
    pass


class JoinForm(NewPassword):
    """A new colleague: what to type at sign-in, and what others see."""

    name = Text(
        _l("登录名"), most=60, required=True,
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )  # fmt: skip
    display = Text(_l("大家怎么叫你"), most=60, render_kw={"autocomplete": "nickname"})


class SetupForm(JoinForm):
    setup_code = Text(_l("安装码"), most=80, required=True, render_kw={"autocomplete": "off"})


class InviteForm(Form):
    display = Text(_l("称呼"), most=60, render_kw={"autocomplete": "off"})
    role = Choice(_l("角色"), ROLES, required=True)


class RoleForm(Form):
    role = Choice(_l("角色"), ROLES, required=True)


class DepartureForm(Form):
    """Who gets what a leaving colleague leaves behind; the choices are the shop's colleagues."""

    customers = Picked(_l("客户"))
    followups = Picked(_l("没做完的跟进"))
    conversations = Picked(_l("对话"))


class AttentionForm(Form):
    sound = Flag(_l("有新消息时响一声"))
    notices = Flag(_l("窗口没在看时，由浏览器弹出通知"), render_kw={"data-asks-notices": True})


class LanguageForm(Form):
    language = Choice(_l("语言"), LANGUAGES, required=True)
