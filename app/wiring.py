"""The only place where an upper floor is handed to a lower one."""

from app.campaigns import expiring, referrals, welcoming
from app.community import community, topics
from app.community import inheriting as groups_of_leavers
from app.community import notices as group_notices
from app.community import succession as topics_of_leavers
from app.config import Settings
from app.core import alarms, conditions, doors, files, house, mail, mail_server, notices, outbox
from app.core.backup import keeping, restoring
from app.customers import erasing, finding, shop_rhythm, silences, timeline
from app.customers import inheriting as customers_of_leavers
from app.customers import listing as customer_list
from app.digests import delivering, groups, letters
from app.digests import standing as reminders_standing
from app.home import safety, sealed, shell, status, telling
from app.inbox import assigning, attaching, cards, sight, undelivered
from app.inbox import forgetting as forgetting_talks
from app.inbox import inheriting as conversations_of_leavers
from app.portal import browsers, consents, parcels, points, sessions
from app.reminders import caring, followups, quiet, revisiting
from app.reminders import inheriting as followups_of_leavers
from app.sales import keeping as keeping_books
from app.sales import portrait, shelf
from app.staff import accounts as colleagues
from app.staff import guessing, leaving, signing_in
from app.wechat import accounts, media, noticing, reach, sending, standing, tokens
from app.wechat import forgetting as forgetting_followers
from app.wecom import accounts as wecom_accounts
from app.wecom import sending as wecom_sending


def connect(settings: Settings) -> None:
    outbox.guards[:] = [sending.guard, attaching.guard, noticing.guard, consents.guard]
    outbox.senders.update(
        wechat=sending.send, email=mail.send, notice=noticing.send, wecom=wecom_sending.send
    )
    notices.writers.update(digest=letters.notice, group=groups.notice)
    outbox.watchers[:] = [undelivered.heed, delivering.heed]
    attaching.fetchers.update(wechat=media.fetch)
    cards.bases.update(wechat=reach.base_of)
    timeline.listeners[:] = [
        timeline.Listener(quiet.HEEDS, quiet.heed, quiet.concerns),
        timeline.Listener(caring.HEEDS, caring.heed),
        timeline.Listener(revisiting.HEEDS, revisiting.heed),
        timeline.Listener(followups.HANDED, followups.follow_owner),
        timeline.Listener(assigning.HANDED, assigning.follow_owner),
        timeline.Listener(welcoming.HEEDS, welcoming.heed),
        timeline.Listener(expiring.HEEDS, expiring.heed),
        timeline.Listener(community.HEEDS, community.heed),
        timeline.Listener(points.HEEDS, points.heed),
        timeline.Listener(referrals.HEEDS, referrals.heed),
    ]
    finding.heeders[:] = [sight.keep]
    shelf.covering[:] = [community.cover]
    portrait.brought[:] = [referrals.buyers_of]
    customer_list.flaggers[:] = [topics.flags_of]
    shop_rhythm.movers[:] = [silences.move_dates]
    shop_rhythm.valuers[:] = [silences.move_values]
    leaving.estates[:] = [
        customers_of_leavers.CUSTOMERS,
        followups_of_leavers.FOLLOWUPS,
        conversations_of_leavers.CONVERSATIONS,
        groups_of_leavers.GROUPS,
        topics_of_leavers.TOPICS,
    ]
    house.surroundings[:] = [shell.surroundings]
    group_notices.unwelcome[:] = [consents.no_notices]
    erasing.kept = set(keeping_books.BY_LAW)
    erasing.blanking[:] = [keeping_books.blank]
    erasing.before[:] = [forgetting_talks.unindex]
    erasing.files_of[:] = [
        erasing.files_of_notes, forgetting_talks.files_of, parcels.files_of,
    ]  # fmt: skip
    erasing.sweepers[:] = [forgetting_followers.sweep, forgetting_talks.sweep]
    restoring.afterwards[:] = [
        outbox.hold_unsent,
        colleagues.end_all_sessions,
        tokens.forget_all,
        keeping.forget_running,
        browsers.end_everything,
        erasing.forget_again,
    ]
    keeping.set_up(settings)
    doors.greeters[:] = [signing_in.recognise]
    conditions.watched[:] = [
        status.conditions, standing.conditions, safety.conditions, sealed.conditions,
        guessing.conditions, reminders_standing.conditions,
    ]  # fmt: skip
    alarms.tellers[:] = [telling.write_down, telling.write_letters]
    doors.keepers.update(staff=signing_in.admit, member=sessions.admit)
    accounts.set_up(settings)
    mail_server.set_up(settings)
    wecom_accounts.set_up(settings)
    files.set_up(settings.media_root)
