"""The one matrix: role × permission."""

from app.core.errors import N_

OWNER, MANAGER, AGENT = "owner", "manager", "agent"

LABELS = {OWNER: N_("店主"), MANAGER: N_("店长"), AGENT: N_("店员")}

EVERYBODY = {
    "home.read",
    "profile.write",
    "profile.secure",  # the second factor: also of who must set it up first
    "customers.read",
    "customers.write",
    "customers.reveal",
    "inbox.read",
    "inbox.write",
    "followups.write",
    "orders.write",
    "topics.write",
    "coupons.use",  # sees them, gives one by hand, redeems at the till
}
MANAGERS = EVERYBODY | {
    "customers.all",  # sees every customer, not only own, helped and pool
    "customers.assign",
    "quick_replies.write",  # the shop's own; everybody keeps some for themselves
    "orders.void",
    "products.write",
    "debts.download",
    "points.correct",  # puts a ledger right, within a limit and never the own
    "coupons.write",  # draws batches up, ends them, takes coupons back
    "groups.write",  # communities: their names, rules and who answers for them
    "import.run",
    "practice.use",
    "jobs.read",
    "books.read",  # what the own team did and looked at
}
OWNERS = MANAGERS | {
    "settings.write", "jobs.retry", "staff.write", "books.all", "backups.manage",
    "briefs.read",  # the shop's figures of a week or month
}  # fmt: skip

MATRIX: dict[str, frozenset[str]] = {
    OWNER: frozenset(OWNERS),
    MANAGER: frozenset(MANAGERS),
    AGENT: frozenset(EVERYBODY),
}


def may(role: str, permission: str) -> bool:
    return permission in MATRIX.get(role, frozenset())
