"""Products: the shelf, a new one, one to look at and change, and taking it down."""

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.core import paging
from app.core.db import db
from app.core.doors import door
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import arg, page, see
from app.sales import shelf, stages
from app.sales.forms import ProductForm
from app.sales.models import Product, Stage
from app.staff import audit
from app.staff.signing_in import me

bp = Blueprint("products", __name__)


@bp.get("/products")
@door("orders.write")
def index():
    q, gone = arg("q", most=60), arg("gone") == "1"
    after = paging.read(arg("after", most=240), shelf.BY_NAME)
    found = shelf.page(q, gone=gone, after=after)
    key = paging.write(found.next)
    url = url_for(".index", q=q or None, gone="1" if gone else None, after=key) if key else None
    return page("sales/products/index.html", rows=found.rows, q=q, gone=gone, next_url=url)


@bp.get("/products/names")
@door("orders.write")
def names():
    """What the lines of a purchase suggest."""
    return page("sales/products/_names.html", offered=shelf.offered())


@bp.get("/products/new")
@door("products.write")
def new():
    return _show(None, _form(None, name=arg("name", most=60)))


@bp.post("/products")
@door("products.write")
def create():
    form = _form()
    if not form.validate():
        return _show(None, form, 422)
    try:
        product = shelf.add(form.name.data, **_values(form))
    except Refused as no:
        refuse(form, no)
        return _show(None, form, 422)
    return _kept("product.added", product, url_for(".index"))


@bp.get("/products/<int:product_id>")
@door("products.write")
def show(product_id):
    product = _find(product_id)
    shown = {"price": product.cents or None, "stage": product.stage_id or 0}
    return _show(product, _form(None, obj=product, **shown))


@bp.post("/products/<int:product_id>")
@door("products.write")
def update(product_id):
    product, form = _find(product_id), _form()
    if not form.validate():
        return _show(product, form, 422)
    try:
        shelf.change(product, name=form.name.data, **_values(form))
    except Refused as no:
        refuse(form, no)
        return _show(product, form, 422)
    return _kept("product.changed", product, url_for(".index"))


@bp.post("/products/<int:product_id>/removal")
@door("products.write")
def remove(product_id):
    product = _find(product_id)
    shelf.remove(product)
    return _kept("product.removed", product, url_for(".index"))


@bp.post("/products/<int:product_id>/restoration")
@door("products.write")
def restore(product_id):
    product = _find(product_id)
    shelf.restore(product)
    return _kept("product.restored", product, url_for(".show", product_id=product.id))


def _find(product_id):
    return db.one_or_404(db.select(Product).where(Product.id == product_id))


def _form(*blank, **values):
    form, known = ProductForm(*blank, **values), stages.everything()
    form.stage.choices = [(0, _("不分阶段"))] + [
        (one.id, f"{line.name} · {one.name}") for line, some in known for one in some
    ]
    return form


def _values(form):
    chosen = db.select(Stage).where(Stage.id == form.stage.data, Stage.gone_at.is_(None))
    return {
        "stage": db.session.scalar(chosen) if form.stage.data else None,
        "category": form.category.data or "",
        "cents": form.price.data or 0,
        "cycle_days": form.cycle_days.data or 0,
        "warranty_days": form.warranty_days.data or 0,
    }


def _kept(did, product, url):
    address = request.remote_addr or ""
    audit.log(me(), did, f"product:{product.id}", address=address, cents=product.cents)
    db.session.commit()
    return see(url, say=_("保存好了"))


def _show(product, form, status=200):
    return page(
        "sales/products/show.html", part="sales/products/_form.html", status=status,
        product=product, form=form, categories=shelf.categories(),
    )  # fmt: skip
