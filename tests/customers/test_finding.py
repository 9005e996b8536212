"""The one search box: what finds a customer, and what it must not find."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.db import db
from app.customers import finding, notes, people, words
from app.customers.models import Words
from tests import make


@pytest.mark.parametrize(
    "typed",
    ["林小满", "小满", "林", "满", "lin", "linxiaoman", "xiaoman", "lxm", "LXM", "13800130001",
     "138 0013 0001", "0001", "不吃辣", "预约"],
)  # fmt: skip
def test_a_customer_is_found_by(amy, lin, typed):
    people.edit(lin, version=1, by=amy, remark="不吃辣")
    notes.write(lin, "电话里预约了下周三", by=amy)
    make.customer("欧阳娜", owner=amy, phone="13800138888")
    assert finding.search(amy, typed) == [lin.id]


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "'", '"', "*", "\0", "林%", "ꀀ", "ꀀ0"])
def test_marks_find_nobody_and_break_nothing(amy, lin, typed):
    assert finding.search(amy, typed) in ([], [lin.id] if "林" in typed else [])


def test_an_agent_finds_own_helped_and_pool(amy, ben, lin):
    pooled, foreign = make.customer("林大"), make.customer("林二", owner=ben)
    assert set(finding.search(amy, "林")) == {lin.id, pooled.id}
    people.let_help(foreign, staff=amy, why="inbox")
    assert set(finding.search(amy, "林")) == {lin.id, pooled.id, foreign.id}


@pytest.mark.parametrize("typed", ["林", "lin", "138", "林小满"])
def test_an_agents_hit_is_found_behind_many_of_others(amy, ben, lin, typed, monkeypatch):
    monkeypatch.setattr(finding, "MOST", 3)
    for number in range(5):
        make.customer("林小满", owner=ben, phone=f"1380013100{number}")
    assert finding.search(amy, typed) == [lin.id]


def test_the_newest_come_first_and_no_more_than_asked_for(amy, ben, chief):
    ids = [make.customer(f"林{n}", owner=(amy, ben)[n % 2]).id for n in range(6)]
    assert finding.search(chief, "林", most=3) == ids[:2:-1]
    assert finding.search(amy, "林", most=2) == [ids[4], ids[2]]


def test_a_renamed_customer_is_no_longer_found_by_the_old_name(amy, lin):
    people.edit(lin, version=1, by=amy, name="赵敏")
    assert finding.search(amy, "林小满") == []
    assert finding.search(amy, "zm") == [lin.id]


names = st.text(st.sampled_from("林小满王芳曾乐ab1 "), max_size=6)
changes = st.lists(st.tuples(st.sampled_from("nrc"), names, st.booleans()), max_size=5)


@given(changes)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_after_any_edits_the_index_is_what_a_fresh_one_would_be(amy, lin, edits):
    for what, text, on in edits:
        if what == "n":
            people.edit(lin, version=lin.version, by=amy, name=text.strip())
        elif what == "r":
            people.edit(lin, version=lin.version, by=amy, remark=text)
        else:
            people.hand_over(lin, to=amy if on else None, by=amy)
    db.session.commit()
    tokens = db.session.scalar(db.select(Words.tokens).where(Words.customer_id == lin.id))
    assert sorted(tokens.split(" ")) == sorted(finding.tokens_of(lin))
    for typed in {"林", "小满", "lxm", "a", "1", lin.name, lin.remark}:
        fits = words.matches(typed, lin.name, ["13800130001"], [lin.remark])
        assert finding.search(amy, typed) == ([lin.id] if fits else [])
