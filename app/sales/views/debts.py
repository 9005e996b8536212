"""Who owes: the list, the same as a table, and what one customer owes."""

from io import BytesIO

from flask import Blueprint, request, send_file, url_for
from flask_babel import gettext as _

from app.core import paging, tables
from app.core.clock import today
from app.core.db import db
from app.core.doors import door
from app.core.formats import day, money
from app.core.web import arg, page
from app.customers import finding, listing
from app.customers.models import Customer
from app.customers.views.screens import looked_at
from app.sales import debtors
from app.sales.views.payments import debts_page, fresh
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("debts", __name__)


@bp.get("/debts")
@door("orders.write")
def index():
    late, after = arg("late") == "1", paging.read(arg("after"), debtors.BY_DUE)
    found = debtors.page(me(), late=late, after=after)
    key = paging.write(found.next)
    return page(
        "sales/debts/index.html", rows=found.rows, late=late, today=today(),
        owners=listing.owners(),
        next_url=url_for(".index", late="1" if late else None, after=key) if key else None,
    )  # fmt: skip


@bp.post("/debts/table")
@door("debts.download")
def download():
    """For the bookkeeper. No cell of it is a formula."""
    owners = listing.owners()
    rows = [
        [row.name or _("未命名"), money(row.owed_cents), day(row.owed_since), day(row.owed_due_on),
         owners.get(row.owner_id, "")]
        for row in debtors.table(me())
    ]  # fmt: skip
    audit.log(me(), "export.debts", address=request.remote_addr or "", rows=len(rows))
    db.session.commit()
    file = BytesIO()
    header = [_("客户"), _("欠多少"), _("从哪天起"), _("约好哪天付"), _("负责人")]
    tables.write_csv(file, header, rows)
    file.seek(0)
    name = _("赊账") + f"-{today().isoformat()}.csv"
    return send_file(file, mimetype="text/csv", as_attachment=True, download_name=name)


@bp.get("/customers/<int:customer_id>/debts")
@door("orders.write")
def of_customer(customer_id):
    customer = db.one_or_404(finding.visible_to(me()).where(Customer.id == customer_id))
    looked_at(customer)
    return debts_page(customer, fresh(customer))
