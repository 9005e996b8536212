"""What colleagues write down about a customer."""

from collections.abc import Sequence

from app.core.db import db
from app.core.errors import N_, Refused
from app.customers import finding, note_files, timeline
from app.customers.models import Customer, Note
from app.staff.models import Staff

METHODS = {"wechat": N_("微信"), "phone": N_("电话"), "visit": N_("到店"), "other": N_("其他")}
RESULTS = {
    "interested": N_("有意向"), "thinking": N_("再考虑"), "bought": N_("已成交"),
    "unreached": N_("没联系上"),
}  # fmt: skip

NOTED = timeline.kind(
    "note.written", N_("跟进记录"), "text", "method", "result", "files", group="note"
)
CONTACTED = timeline.kind(
    "note.contacted",
    N_("联系了客户"),
    "text",
    "method",
    "result",
    "files",
    group="note",
    effect="out",
)
SHOWN = 200  # characters of a note that the timeline keeps


def write(
    customer: Customer, text: str, *, by: Staff | None, method: str = "", result: str = "",
    enclosed: Sequence[note_files.Enclosed] = (),
) -> Note:  # fmt: skip
    """Write down what happened. A reached contact counts as outbound; not reached does not."""
    if method not in ("", *METHODS) or result not in ("", *RESULTS):
        raise Refused(N_("没有这个选项，请从列表里选一个"))
    if not (text or method or result or enclosed):
        raise Refused(N_("还没有写内容：写一句发生了什么，或者选一个方式"), field="text")
    note = Note(
        customer_id=customer.id, text=text, method=method, result=result,
        by_id=by.id if by else None,
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    reached = method and result != "unreached"
    timeline.record(
        CONTACTED if reached else NOTED, customer, by=by, subject=note,
        text=text[:SHOWN], method=method, result=result, files=len(enclosed),
    )  # fmt: skip
    note_files.hold(note, enclosed)
    finding.index(customer)
    return note
