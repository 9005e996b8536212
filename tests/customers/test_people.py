"""Customers come, change hands, are put away and brought back."""

import pytest

from app.core.clock import today
from app.core.db import db
from app.core.errors import Refused
from app.customers import finding, identities, people
from app.customers.identities import TakenBy
from app.customers.models import Customer, Moment
from app.customers.people import ChangedMeanwhile
from tests import make


def test_a_customer_needs_no_phone(amy):
    assert make.customer("王姐（红衣服）", owner=amy).id


def test_a_phone_belongs_to_one_customer(amy, lin):
    with pytest.raises(TakenBy) as no:
        people.create("林小满的妈妈", source="staff", phone="138 0013 0001", by=amy)
    assert no.value.other.id == lin.id


def test_a_family_shares_a_phone_as_contact_phone(amy, lin):
    mother = make.customer("林妈妈", owner=amy, contact_phone="138 0013 0001")
    assert mother.contact_phone == "+8613800130001"
    assert identities.find("phone", "+8613800130001").id == lin.id


def test_a_contact_phone_that_no_phone_can_be_is_refused_at_its_field(amy):
    with pytest.raises(Refused) as no:
        people.create("王芳", source="staff", contact_phone="12", by=amy)
    assert no.value.field == "contact_phone"


def test_an_edit_counts_the_version_up_and_says_which_fields(amy, lin):
    people.edit(lin, version=1, by=amy, name="林满", remark="")
    assert lin.version == 2
    moment = db.session.scalars(db.select(Moment).where(Moment.kind == "customer.edited")).one()
    assert moment.details == {"fields": ["name"]}


def test_the_second_of_two_edits_is_told(amy, ben, lin, outside):
    def first():
        mine = db.session.get(Customer, lin.id)
        people.edit(mine, version=1, by=ben, remark="不吃辣")
        db.session.commit()

    outside(first)
    with pytest.raises(ChangedMeanwhile):
        people.edit(lin, version=1, by=amy, remark="爱吃辣")
    assert lin.remark == "不吃辣"
    assert people.last_editor(lin).name == "ben"


def test_an_edit_that_changes_nothing_needs_no_turn(amy, lin):
    people.edit(lin, version=99, by=amy, name="林小满")
    assert lin.version == 1


def test_of_two_claims_one_wins_and_the_other_is_told_who(amy, ben):
    pooled = make.customer("赵敏")
    people.claim(pooled, by=ben)
    with pytest.raises(Refused, match="小本"):
        people.claim(pooled, by=amy)
    assert pooled.owner_id == ben.id


def test_a_follower_is_named_and_claimed_in_one_go(amy):
    unknown = make.customer("")
    assert unknown.unnamed
    people.name_and_claim(unknown, "王姐", by=amy)
    assert (unknown.name, unknown.unnamed, unknown.owner_id) == ("王姐", False, amy.id)


def test_who_names_second_is_told_who_was_first(amy, ben):
    unknown = make.customer("")
    people.name_and_claim(unknown, "王姐", by=ben)
    with pytest.raises(Refused, match="小本"):
        people.name_and_claim(unknown, "王妹", by=amy)
    assert unknown.name == "王姐"


def test_what_was_archived_comes_back(amy, lin):
    people.archive(lin, by=amy)
    with pytest.raises(Refused):
        people.archive(lin, by=amy)
    people.restore(lin, by=amy)
    assert not lin.is_archived
    with pytest.raises(Refused):
        people.restore(lin, by=amy)


def test_a_hand_over_changes_who_sees_the_customer(amy, ben, max_, lin):
    people.hand_over(lin, to=ben, by=max_)
    db.session.commit()
    assert finding.search(ben, "林小满") == [lin.id]
    assert finding.search(amy, "林小满") == []


def test_nobody_is_handed_to_a_colleague_who_left(chief, ben, lin):
    ben.is_active = False
    with pytest.raises(Refused, match="小本"):
        people.hand_over(lin, to=ben, by=chief)


def test_a_purchase_of_today_makes_a_new_customer(lin):
    make.order(lin)
    assert (lin.visits, lin.last_visit_on) == (1, today())
