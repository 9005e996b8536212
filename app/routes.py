"""The map of the house: every blueprint, in one list."""

from flask import Flask

from app.campaigns.views import coupons, offers, playbooks, redemptions, referrals
from app.community.views import (
    boards,
    codes,
    groups,
    joining,
    memberships,
    notices,
    passings,
    picks,
    steps,
    topics,
)
from app.customers.views import claims, helpers, identities, moments, note_files, people, tags
from app.digests.views import briefs, deliveries, links, reaches
from app.exchange.views import imports
from app.home.views import backups, health, held, status, today
from app.inbox.views import (
    assignments,
    attachments,
    attention,
    conversations,
    handovers,
    hours,
    labels,
    messages,
    notes,
    presences,
    quick_replies,
    searches,
    shared,
    snoozes,
)
from app.portal.views import (
    cards,
    entry,
    invites,
    join,
    members,
    my_coupons,
    my_points,
    my_topics,
    numbers,
    parcels,
    point_rules,
    points,
    privacy,
    profiles,
    purchases,
    storefront,
)
from app.practice.views import going_live, phones, platform
from app.reminders.views import (
    batches,
    calendar,
    contacts,
    explaining,
    feeds,
    followups,
    holidays,
    rests,
    said,
)
from app.sales.views import (
    ages,
    debts,
    orders,
    payments,
    portraits,
    products,
    refunds,
    stages,
)
from app.staff.views import (
    books,
    colleagues,
    departures,
    mail,
    opening,
    profile,
    rules,
    second_factors,
    sessions,
    settings,
    shop,
    welcome,
)
from app.wechat.views import allowances, callback, proofs, setup
from app.wecom.views import wecom

ROOMS = [
    sessions, opening, welcome, profile, second_factors, settings, rules, shop, mail, colleagues,
    departures, books,
    people, claims, identities, helpers, moments, note_files, tags,
    orders, refunds, products, debts, payments, portraits, stages, ages,
    conversations, messages, attachments, assignments, notes, handovers,
    snoozes, labels, presences, attention, searches, hours, quick_replies, shared,
    groups, memberships, joining, codes, notices,
    topics, steps, picks, boards, passings,
    followups, rests, explaining, batches, said,
    calendar, feeds, holidays,
    contacts,
    coupons, offers, playbooks, redemptions, referrals,
    callback, setup, proofs, allowances,
    points, point_rules, my_points, my_coupons, invites, my_topics,
    entry, join, cards, numbers, purchases, profiles, storefront, privacy, parcels, members,
    imports,
    today, health, backups, held, status,
    phones, platform, going_live,
    links, reaches, deliveries, briefs, wecom,
]  # fmt: skip


def install(app: Flask) -> None:
    for room in ROOMS:
        app.register_blueprint(room.bp)
