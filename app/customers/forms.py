"""Shapes of what is typed about a customer."""

from flask_babel import lazy_gettext as _l

from app.core.forms import Choice, Flag, Form, Hidden, Picked, Several, Text, Whole
from app.customers import identities
from app.customers.models import PHONE
from app.customers.tags import LONGEST_TAG, TONES

TYPED = {"inputmode": "tel", "autocomplete": "off"}


class TagsForm(Form):
    """The words of the owner's lists; a shop without any shows no field."""

    tags = Several(_l("标签"), validate_choice=False)  # one removed meanwhile is left out
    origin = Picked(_l("来源"), coerce=int, default=0, validate_choice=False)
    was_tags = Hidden(most=300)  # the numbers when the form was opened


class NewForm(TagsForm):
    name = Text(_l("称呼"), most=100, required=True, render_kw={"autocomplete": "off"})
    phone = Text(_l("手机"), most=40, render_kw=TYPED)
    contact_phone = Text(_l("联系电话"), most=40, render_kw=TYPED)
    remark = Text(_l("备注"), most=1000, area=True)
    mine = Flag(_l("由我负责"))


class EditForm(TagsForm):
    """`was_…` is what the fields held when the form was opened: who changed what, later."""

    name = Text(_l("称呼"), most=100, required=True, render_kw={"autocomplete": "off"})
    remark = Text(_l("备注"), most=1000, area=True)
    version = Whole(_l("版本"))
    was_name = Hidden()
    was_remark = Hidden(most=1000)


class NameForm(Form):
    name = Text(_l("称呼"), most=100, required=True, render_kw={"autocomplete": "off"})


class HandleForm(Form):
    kind = Choice(_l("哪一种"), [(kind, _l(said)) for kind, said in identities.WRITTEN.items()],
                  default=PHONE)  # fmt: skip
    value = Text(_l("号码或账号"), most=128, required=True, render_kw={"autocomplete": "off"})


class HelperForm(Form):
    staff = Picked(_l("请哪位同事协助"), coerce=int)


class OwnerForm(Form):
    owner = Picked(_l("交给"), coerce=str)


class TagForm(Form):
    name = Text(_l("名字"), most=LONGEST_TAG, required=True, render_kw={"autocomplete": "off"})
    tone = Choice(_l("颜色"), [(key, _l(label)) for key, label in TONES.items()])


class SwitchForm(Form):
    on = Flag(_l("勿扰"))
