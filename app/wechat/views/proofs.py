"""MP_verify_….txt: typed in by the owner, served to anybody from the root of our address."""

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _

from app.core.db import db
from app.core.doors import door, public
from app.core.errors import Refused
from app.core.forms import refuse
from app.core.web import page, see
from app.staff import audit
from app.staff.signing_in import me
from app.wechat import binding
from app.wechat.forms import ProofForm
from app.wechat.models import Proof

bp = Blueprint("proofs", __name__)


@bp.get("/MP_verify_<code>.txt")
@public
def show(code):
    proof = binding.proof_of(code) or abort(404)
    return Response(proof.content, content_type="text/plain; charset=utf-8")


@bp.post("/settings/wechat/proofs")
@door("settings.write")
def create():
    form = ProofForm()
    if not form.validate():
        return _again(form)
    sent = form.file.data
    try:
        proof = binding.put_proof(sent.filename or "", sent.stream.read(binding.LARGEST_PROOF + 1))
    except Refused as no:
        refuse(form, no)
        return _again(form)
    audit.log(me(), "proof.added", f"proof:{proof.id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for("setup.show") + "#proofs", say=_("上传好了，再检查一次看看"))


@bp.post("/settings/wechat/proofs/<int:proof_id>/removal")
@door("settings.write")
def remove(proof_id):
    proof = db.one_or_404(db.select(Proof).where(Proof.id == proof_id))
    db.session.delete(proof)
    audit.log(me(), "proof.removed", f"proof:{proof_id}", address=request.remote_addr or "")
    db.session.commit()
    return see(url_for("setup.show") + "#proofs", say=_("删掉了"))


def _again(form):
    return page(
        "wechat/proofs/show.html", part="wechat/proofs/_show.html", status=422,
        proof_form=form, proofs=binding.proofs(),
    )  # fmt: skip
