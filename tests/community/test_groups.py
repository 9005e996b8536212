"""The shop's communities and who answers for them."""

import pytest

from app.community import groups
from app.core.errors import Refused
from app.staff import leaving


def test_a_new_house_begins_with_three_and_never_makes_them_twice(app):
    groups.open_first()
    groups.open_first()
    assert [group.kind for group in groups.every()] == ["presale", "customers", "aftersale"]


def test_a_community_without_an_owner_is_the_shops(app, chief, amy):
    group = groups.first_of("presale")
    assert groups.owner_of(group) == chief
    groups.edit(group, name="问货群", purpose="", owner=amy, deputies=[], by=chief)
    assert groups.owner_of(group) == amy
    amy.is_active = False
    assert groups.owner_of(group) == chief


def test_two_communities_never_share_a_name(app, chief):
    group = groups.first_of("presale")
    with pytest.raises(Refused, match="已经有"):
        groups.open_group(group.name, kind="presale", purpose="", owner=None, by=chief)


def test_the_last_of_a_kind_stays(app, chief):
    first = groups.first_of("presale")
    with pytest.raises(Refused, match="最后一个"):
        groups.close(first, by=chief)
    second = groups.open_group("奶粉售前", kind="presale", purpose="", owner=None, by=chief)
    groups.close(first, by=chief)
    assert groups.first_of("presale") == second


def test_deputies_decide_beside_the_owner(app, chief, amy, ben):
    group = groups.first_of("aftersale")
    groups.edit(group, name="售后", purpose="", owner=amy, deputies=[amy, ben], by=chief)
    assert [deputy.staff for deputy in groups.deputies_of(group)] == [ben]
    assert groups.leads(amy, group)
    assert groups.leads(ben, group)
    groups.edit(group, name="售后", purpose="", owner=amy, deputies=[], by=chief)
    assert not groups.leads(ben, group)


def test_a_leavers_communities_go_to_the_heir_or_to_the_shops_owner(app, chief, amy, ben):
    presale, customers = groups.first_of("presale"), groups.first_of("customers")
    for group in (presale, customers):
        groups.edit(group, name=group.name, purpose="", owner=amy, deputies=[ben], by=chief)
    leaving.leave(amy, {"groups": ben}, by=chief)
    assert groups.owner_of(presale) == ben
    leaving.leave(ben, {}, by=chief)
    assert groups.owner_of(customers) == chief
    assert groups.deputies_of(customers) == []
