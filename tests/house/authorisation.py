"""The table of who may do what where: one line for each address, written by hand.

A NEW ADDRESS NEEDS A LINE HERE, else test_authorisation.py fails. The line says, apart from the
code that it watches:

    endpoint   who   whose

who     letters of the roles that come in: A agent, M manager, O owner; or public, platform,
        member: a customer in their own pages, and no colleague
whose   own    a row of a customer: an agent gets 404 for the rows of another agent's customer
        shop   a row of the shop as a whole: the same for everybody who comes in
        mine   a row of the person who asks: everybody else gets 404, the owner too
        -      no row in the address
        own?   shop?   -?   the same, and the small shop of the test may have none

An id that the address takes and that is new needs a line in `rows` as well: how to find one.
"""

from dataclasses import dataclass

from app.campaigns import offers
from app.community import codes, groups, ruling, topics
from app.community.models import QrPicture
from app.core import files
from app.core.clock import today
from app.core.db import db
from app.customers import notes, tags
from app.customers.models import Identity, NoteFile
from app.inbox import labelling
from app.inbox.models import Media, Message
from app.portal import levels
from app.portal.models import PhoneClaim
from app.sales import ages, debts, ordering, refunding, shelf, stages
from app.staff import leaving, links, signing_in
from app.staff.models import StaffSession
from tests import make

TABLE = """
ages.create                        AMO  own
ages.destroy                       AMO  own
ages.of_customer                   AMO  own
allowances.put                     O    -
allowances.show                    O    -
assignments.claim                  AMO  own
assignments.reading                AMO  own
assignments.reopen                 AMO  own
assignments.resolve                AMO  own
assignments.unread                 AMO  own
attachments.edit_gist              AMO  own
attachments.fetch                  AMO  own?
attachments.send_file              AMO  own
attachments.send_picture           AMO  own
attachments.send_place             AMO  own
attachments.send_video             AMO  own
attachments.send_voice             AMO  own
attachments.show                   AMO  own?
attachments.write_gist             AMO  own
attention.show                     AMO  -
backups.create                     O    -
backups.download                   O    shop?
backups.index                      O    -
backups.show                       O    shop?
backups.verify                     O    shop?
batches.create                     AMO  -
books.show                         MO   shop?
calendar.day                       AMO  -
calendar.month                     AMO  -
calendar.week                      AMO  -
briefs.index                       O    -
callback.greet                     platform -
callback.receive                   platform -
cards.picture                      member -
cards.show                         member -
claims.archive                     AMO  own
claims.create                      AMO  own
claims.hand                        MO   own
claims.hand_over                   MO   own
claims.name                        AMO  own
claims.restore                     AMO  own
codes.count                        AMO  own
codes.create                       AMO  own
codes.drawn                        AMO  own
codes.mark_full                    AMO  own
codes.mark_open                    AMO  own
codes.picture                      AMO  own
codes.remove                       AMO  own
codes.sheet                        AMO  own
codes.show                         AMO  own
codes.visit                        public -
codes.visited_picture              public -
colleagues.end_session             O    shop
colleagues.end_sessions            O    shop
colleagues.index                   O    -
colleagues.invite                  O    -
colleagues.password_link           O    shop
colleagues.remove_second_factor    O    shop
colleagues.role                    O    shop
colleagues.show                    O    shop
colleagues.take_back               O    shop
colleagues.withdraw                O    shop
contacts.create                    AMO  own
contacts.new                       AMO  own
conversations.index                AMO  -
conversations.now                  AMO  own
conversations.of_customer          AMO  own
conversations.show                 AMO  own
deliveries.of_followup             AMO  own
coupons.create                     AMO  own
coupons.of_customer                AMO  own
coupons.show                       AMO  own
coupons.withdraw                   AMO  own
debts.download                     MO   -
debts.index                        AMO  -
debts.of_customer                  AMO  own
departures.create                  O    shop
departures.new                     O    shop
departures.show                    O    shop
entry.create                       public -
entry.entered                      public -
entry.named                        public -
entry.show                         public -
explaining.create                  O    -
explaining.show                    O    -
feeds.create                       AMO  -
feeds.edit                         AMO  -
feeds.revoke                       AMO  -
feeds.show                         public -?
followups.close                    AMO  own
followups.create                   AMO  -?
followups.finish                   AMO  own
followups.index                    AMO  -
followups.new                      AMO  -
followups.of_customer              AMO  own
followups.show                     AMO  own
followups.reassign                 AMO  own
followups.skip                     AMO  own
followups.snooze                   AMO  own
followups.update                   AMO  own
going_live.create                  O    -?
going_live.show                    O    -
groups.begin                       MO   -
groups.close                       MO   shop
groups.create                      MO   -
groups.edit                        AMO  own
groups.index                       AMO  -
groups.new                         MO   -
groups.show                        AMO  shop
groups.update                      AMO  own
handovers.accept                   AMO  own?
handovers.create                   AMO  own
handovers.decline                  AMO  own?
handovers.new                      AMO  own
handovers.take_over                AMO  own?
handovers.withdraw                 AMO  own?
health.alive                       public -
health.metrics                     public -
health.ready                       public -
held.drop                          O    shop?
held.drop_all                      O    -
held.index                         O    -
held.release                       O    shop?
helpers.create                     AMO  own
helpers.destroy                    AMO  own?
helpers.index                      AMO  own
holidays.put                       O    -
holidays.show                      O    -
hours.answers                      O    -
hours.put                          O    -
hours.show                         O    -
identities.create                  AMO  own
identities.destroy                 AMO  own
identities.edit                    AMO  own
identities.forget_contact          AMO  own
identities.reveal                  AMO  own
imports.confirm                    MO   shop?
imports.create                     MO   -
imports.index                      MO   -
imports.new                        MO   -
imports.progress                   MO   shop?
imports.refused                    MO   shop?
imports.remap                      MO   shop?
imports.retry                      MO   shop?
imports.show                       MO   shop?
invites.accept                     public -
invites.create                     member -
invites.landing                    public -
invites.picture                    member -
invites.show                       member -
join.create                        public -
join.notice                        public -
join.show                          public -
joining.create                     AMO  own
joining.index                      AMO  own
joining.new                        AMO  own
joining.remove                     AMO  own
joining.show                       AMO  own
joining.update                     AMO  own
labels.choose                      AMO  own
labels.create                      O    -
labels.destroy                     O    shop
labels.edit                        O    shop
labels.index                       O    -
labels.put                         AMO  own
labels.update                      O    shop
links.act                          platform -
links.opened                       platform -
links.show                         platform -
mail.result                        O    -
mail.show                          O    -
mail.test                          O    -
mail.update                        O    -
members.accept                     AMO  own?
members.code                       AMO  own
members.end_sessions               AMO  own
members.find                       AMO  -?
memberships.exclude                AMO  own
memberships.let_go                 AMO  own
memberships.of_customer            AMO  own
memberships.pin                    AMO  own
members.of_customer                AMO  own
members.refuse_claim               AMO  own?
messages.create                    AMO  own
messages.delivered                 AMO  own?
messages.resend                    AMO  own?
moments.index                      AMO  own
note_files.show                    AMO  own?
notices.create                     AMO  own
notices.index                      AMO  own
notices.new                        AMO  own
notes.create                       AMO  own
notes.new                          AMO  own
opening.create                     public -
opening.show                       public -
my_coupons.index                   member -
my_coupons.picture                 member own
my_coupons.show                    member own
my_points.exchange                 member -
my_points.show                     member -
offers.choose                      AMO  shop
offers.create                      MO   -
offers.give                        AMO  shop
offers.index                       AMO  -
offers.new                         MO   -
offers.resume                      MO   shop
offers.show                        AMO  shop
offers.stop                        MO   shop
offers.update                      MO   shop
my_topics.answer                   member own
my_topics.create                   member -
my_topics.group                    member own?
my_topics.index                    member -
my_topics.new                      member -
my_topics.rate                     member own
my_topics.reopen                   member own
my_topics.show                     member own
numbers.create                     member -
numbers.show                       member -
orders.create                      AMO  -?
orders.edit                        AMO  own
orders.index                       AMO  -
orders.new                         AMO  -
orders.of_customer                 AMO  own
orders.show                        AMO  own
orders.update                      AMO  own
orders.void                        AMO  own
parcels.create                     member -
parcels.show                       member -
parcels.take                       member own?
payments.create                    AMO  own
payments.withdraw                  AMO  own
people.create                      AMO  -
people.disturb                     AMO  own
people.edit                        AMO  own
people.index                       AMO  -
people.new                         AMO  -
people.show                        AMO  own
people.update                      AMO  own
phones.clicks                      MO   shop?
phones.create                      MO   -
phones.failure                     MO   shop?
phones.films                       MO   shop?
phones.following                   MO   shop?
phones.locations                   MO   shop?
phones.member                      MO   shop?
phones.messages                    MO   shop?
phones.now                         MO   shop?
phones.one                         MO   shop?
phones.picture                     MO   shop?
phones.pictures                    MO   shop?
phones.remove                      O    -
phones.scan                        MO   shop?
phones.show                        MO   -
phones.voices                      MO   shop?
practice_platform.ask              platform -
practice_platform.tell             platform -
playbooks.call_back                AMO  own?
playbooks.make_good                AMO  own?
playbooks.show                     AMO  own?
presences.create                   AMO  own
portraits.show                     AMO  own
privacy.bye                        public -
privacy.copy                       member -
privacy.copy_file                  member -
privacy.delete                     member -
privacy.deletion                   member -
privacy.leave                      member -
privacy.leaving                    member -
privacy.show                       member -
privacy.sign_out                   member -
privacy.switch                     member -
privacy.withdraw                   member -
products.create                    MO   -
products.index                     AMO  -
products.names                     AMO  -
products.new                       MO   -
products.remove                    MO   shop
products.restore                   MO   shop
products.show                      MO   shop
products.update                    MO   shop
profiles.edit                      member -
profiles.show                      member -
profiles.update                    member -
purchases.index                    member -
profile.attention                  AMO  -
profile.end_session                AMO  mine
profile.end_sessions               AMO  -
profile.language                   AMO  -
profile.password                   AMO  -
profile.show                       AMO  -
proofs.create                      O    -
proofs.remove                      O    shop?
proofs.show                        public -
quick_replies.create               AMO  -
quick_replies.index                AMO  -
quick_replies.new                  AMO  -
quick_replies.panel                AMO  own
quick_replies.picture              AMO  shop?
quick_replies.remove               AMO  shop?
quick_replies.show                 AMO  shop?
quick_replies.update               AMO  shop?
redemptions.create                 AMO  -?
redemptions.find                   AMO  -
redemptions.new                    AMO  -
redemptions.show                   AMO  -?
redemptions.undo                   AMO  -?
point_rules.create                 O    -
point_rules.destroy                O    shop
point_rules.put                    O    -
point_rules.show                   O    -
point_rules.update                 O    shop
points.correct                     MO   own
points.exchange                    AMO  own
points.of_customer                 AMO  own
referrals.create                   AMO  own
referrals.of_customer              AMO  own
refunds.create                     AMO  own
refunds.new                        AMO  own
refunds.withdraw                   AMO  own
reaches.bind                       AMO  -
reaches.end_links                  AMO  -
reaches.newest                     AMO  -
reaches.picture                    AMO  -
reaches.scan                       AMO  -
reaches.show                       AMO  -
reaches.test                       AMO  -
reaches.unbind                     AMO  -
reaches.update                     AMO  -
rests.create                       AMO  own
rests.new                          AMO  own
rules.index                        AMO  -
rules.put                          O    shop?
said.show                          AMO  -
searches.index                     AMO  -
second_factors.codes               AMO  -
second_factors.confirm             AMO  -
second_factors.create              AMO  -
second_factors.picture             AMO  -
second_factors.remove              AMO  -
second_factors.show                AMO  -
sessions.code                      public -
sessions.confirm                   public -
sessions.create                    public -
sessions.destroy                   public -
sessions.new                       public -
settings.show                      AMO  -
setup.check                        O    -
setup.checkup                      O    -
setup.make_keys                    O    -
setup.put_keys                     O    -
setup.show                         O    -
setup.update                       O    -
shared.save                        public -?
shared.show                        public -?
shop.picture                       public -
shop.put_logo                      O    -
shop.remove_logo                   O    -
shop.show                          O    -
snoozes.create                     AMO  own
snoozes.new                        AMO  own
stages.create                      O    shop
stages.create_line                 O    -
stages.create_ready                O    -
stages.index                       O    -
stages.new                         O    shop
stages.remove                      O    shop
stages.remove_line                 O    shop
stages.show                        O    shop
stages.update                      O    shop
status.delivered                   O    shop?
status.resend                      O    shop?
status.retry_job                   O    shop?
status.show                        MO   -
storefront.show                    public -
tags.choose                        AMO  own
tags.create                        O    -
tags.create_usual                  O    -
tags.index                         O    -
tags.put_on                        AMO  own
tags.remove                        O    shop
tags.rise                          O    shop
tags.take_off                      AMO  own
tags.update                        O    shop
today.show                         AMO  -
welcome.accept                     public -
welcome.arrive                     public -
welcome.show                       public -
wecom.show                         O    -
wecom.update                       O    -
boards.move                        AMO  shop?
boards.show                        AMO  shop
passings.accept                    AMO  own
passings.create                    AMO  own
passings.decline                   AMO  own
passings.new                       AMO  own
passings.withdraw                  AMO  own
picks.create                       AMO  own
picks.new                          AMO  own
steps.answer                       AMO  own
steps.claim                        AMO  own
steps.give                         AMO  own
steps.note                         AMO  own
steps.put                          AMO  own
steps.read                         AMO  own
topics.create                      AMO  -?
topics.index                       AMO  -
topics.new                         AMO  -
topics.of_customer                 AMO  own
topics.show                        AMO  own
topics.update                      AMO  own
"""
ROLES = {"agent": "A", "manager": "M", "owner": "O"}


@dataclass(frozen=True)
class Entry:
    who: str
    whose: str

    def admits(self, role):
        return ROLES.get(role, "-") in self.who

    @property
    def may_miss(self):
        return self.whose.endswith("?")

    @property
    def reach(self):
        return self.whose.rstrip("?")


def table():
    """endpoint -> Entry."""
    lines = [line.split() for line in TABLE.strip().splitlines()]
    found = {endpoint: Entry(who, whose) for endpoint, who, whose in lines}
    assert len(found) == len(lines), "an endpoint stands twice in the table"
    return found


class World:
    """A small shop with two agents who each have one of everything, and what belongs to all."""

    def __init__(self):
        self.people = {
            "agent": make.staff("amy", "agent", "小艾"),
            "other": make.staff("ben", "agent", "小本"),
            "manager": make.staff("max", "manager", "马店长"),
            "owner": make.staff("chief", "owner", "陈老板"), "gone": make.staff("old", "owner"),
        }  # fmt: skip
        self.own = self._rows_of(self.people["agent"], "13800130001")
        self.foreign = self._rows_of(self.people["other"], "13800130002")
        self._shop()

    def _rows_of(self, staff, phone):
        """How to find one of each kind of rows of a customer: argument of the address -> id."""
        who = make.customer(f"客户{phone[-1]}", owner=staff, phone=phone)
        chat = make.conversation(who, address=f"o-{phone}", assignee=staff)
        talk = Message(
            conversation_id=chat.id, inbound=True, kind="text", text="在吗", at=who.created_at
        )
        db.session.add(talk)
        db.session.flush()
        film = Media(message_id=talk.id)
        db.session.add(film)
        db.session.flush()
        photo = NoteFile(
            note_id=notes.write(who, "看过货架", by=staff).id, kind="image", state="waiting",
            file=files.made_up(),
        )  # fmt: skip
        db.session.add(photo)
        db.session.flush()
        phone_of = db.select(Identity.id).where(Identity.customer_id == who.id)
        group, rule, picture = self._community(staff)
        return {
            "customer_id": who.id, "group_id": group.id, "rule_id": rule.id,
            "picture_id": picture.id,
            "chat_id": chat.id, "message_id": talk.id,
            "media_id": film.id, "file_id": photo.id,
            **self._purchase(who, staff),
            "claim_id": self._claim(who),
            "followup_id": make.followup(who, staff=staff).id,
            "identity_id": db.session.scalar(phone_of), "topic_id": self._topic(who, staff, group),
            "coupon_id": make.coupon(who, of_batch=self._batch()).id,
        }  # fmt: skip

    def _topic(self, who, staff, group):
        """Raised by who looks after the customer, who takes it on at once."""
        one = topics.raise_topic(
            who, kind="question", text="有货吗", by=staff, owner=staff, group=group
        )
        db.session.commit()
        return one.id

    def _purchase(self, who, staff):
        """A purchase that was partly refunded, partly owed and partly paid."""
        one = ordering.place(who, on=today(), cents=9_000, owed=5_000, by=staff)
        refund = refunding.refund(one, cents=100, on=one.on, by=staff)
        paid = debts.pay(who, cents=100, on=one.on, by=staff)
        db.session.commit()
        day = ages.put(who, self._line(), name="豆豆", on=today(), by=staff)
        db.session.commit()
        return {
            "order_id": one.id, "refund_id": refund.id, "payment_id": paid[0].id,
            "care_date_id": day.id,
        }  # fmt: skip

    def _batch(self):
        known = offers.every()
        return known[0] if known else make.batch()

    def _community(self, staff):
        """One that this colleague leads, one of its rules, and the QR of its WeChat group."""
        group = groups.open_group(
            f"{staff.display}的群", kind="presale", purpose="", owner=staff, by=staff
        )
        db.session.commit()
        picture = QrPicture(group_id=group.id, file=files.made_up(), ends_on=today())
        files.where(codes.FOLDER, picture.file).write_bytes(b"-")
        db.session.add(picture)
        db.session.commit()
        return group, ruling.of(group)[0], picture

    def _claim(self, who):
        """A number that the customer says is theirs."""
        claim = PhoneClaim(customer_id=who.id, phone=f"+86138001399{who.id:02d}")
        db.session.add(claim)
        db.session.commit()
        return claim.id

    def _line(self):
        known = stages.lines()
        return known[0] if known else stages.add_line("月龄", basis=stages.AGE)

    def _shop(self):
        """Rows of the shop as a whole: argument of the address -> id."""
        owner, leaver = self.people["owner"], make.staff("zoe", "agent")
        link, _token = links.invite(role="agent", display="", by=owner)
        departure = leaving.leave(make.staff("yan", "agent"), {}, by=owner)
        signing_in.open_session(leaver)
        tag = tags.add(tags.TAG, "老客")
        stage = stages.put_stage(
            self._line(), None, name="半岁", after=6, unit="month", ahead=0, says="半岁了"
        )
        product = shelf.add("奶粉二段", cents=27_800)
        db.session.commit()
        session = db.select(StaffSession.id).where(StaffSession.staff_id == leaver.id)
        self.rows = {
            "batch_id": self._batch().id,
            "level_id": levels.put(None, name="银卡", least=500, text="").id,
            "label_id": labelling.define("退换货", "red").id,
            "stage_id": stage.id, "line_id": stage.line_id, "product_id": product.id,
            "staff_id": leaver.id, "link_id": link.id,
            "departure_id": departure.id,
            "session_id": db.session.scalar(session), "tag_id": tag.id,
        }  # fmt: skip
        # What the test may not find: then the address answers 404 to whoever comes in.
        self.rows |= dict.fromkeys(
            (
                "run_id",
                "phone_id",
                "job_id",
                "sheet",
                "letter_id",
                "proof_id",
                "backup_id",
                "reply_id",
            ),
            1,
        )
