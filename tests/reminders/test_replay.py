"""The reminder policy over whole histories: what it promises, it keeps."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.reminders import judging, policy
from app.reminders.replay import History, Replay

FIRST, LAST = 1000, 1160
days = st.integers(700, LAST)
histories = st.lists(
    st.tuples(
        st.lists(st.tuples(days, st.integers(0, 50_000)), min_size=1, max_size=12),
        st.lists(st.tuples(days, st.booleans()), max_size=4),
        st.lists(days, max_size=2),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def history_of(customers, until=LAST + 400):
    history = History()
    for number, (bought, spoken, given_back, stops) in enumerate(customers):
        name = f"c{number}"
        for day, cents in known(bought, until):
            history.bought[day].append((name, cents))
        for day, inbound in known(spoken, until):
            history.spoke[day].append((name, inbound))
        for day, *_none in known([(day,) for day in given_back], until):
            history.taken[day].append((name, (day, 300, 0)))
        for day, _inbound in known(spoken[:1] if stops else [], until):
            history.stops[day].append((name, True))
    return history


def known(lines, until):
    return sorted(line for line in lines if line[0] <= until)


def told(reminders):
    return [(one.on, one.customer.name, one.lapse, round(one.at_risk, 6)) for one in reminders]


@settings(max_examples=40)
@given(histories, st.integers(0, 4))
def test_cap_cool_down_and_one_for_each_silence_hold_over_any_history(customers, cap):
    raised = list(Replay(history_of(customers), 30).run(FIRST, LAST, cap))
    assert judging.kept_promises(raised, cap) == []
    for one in raised:
        assert one.lapse < one.on
        bought = {day for day, _cents in customers[int(one.customer.name[1:])][0]}
        back = [day for day in sorted(bought) if one.on <= day < (one.closed_on or LAST)]
        assert back == [] or one.customer.taken  # whoever buys again ends it
        assert not one.closed_on or one.closed_on - one.on <= policy.EXPIRES


@settings(max_examples=30)
@given(histories, st.integers(FIRST, LAST))
def test_what_comes_later_changes_nothing_before(customers, day):
    whole = list(Replay(history_of(customers), 30).run(FIRST, LAST, 2))
    known = list(Replay(history_of(customers, until=day - 1), 30).run(FIRST, day, 2))
    assert told(known) == told(one for one in whole if one.on <= day)


@given(st.integers(1, 40), st.integers(1, 9))
def test_one_place_in_five_is_for_a_second_visit(places, offset):
    kept = [policy.kept_places(places, day) for day in range(offset, offset + 5)]
    assert sum(kept) == places
    assert max(kept) - min(kept) <= 1


def test_places_that_one_side_does_not_need_go_to_the_other():
    def chosen(ranked, places, kept):
        return "".join(policy.choose(list(ranked), places, kept, str.isupper))

    assert chosen("abcNd", 3, 1) == "abN"
    assert chosen("NMKab", 3, 1) == "Nab"
    assert chosen("NMKa", 3, 1) == "NMa"
    assert chosen("abcd", 3, 1) == "abc"
    assert chosen("abcd", 0, 0) == ""


def weekly(name, first, count, cents, history):
    for n in range(count):
        history.bought[first + 7 * n].append((name, cents))


def test_the_most_valuable_silence_comes_first_and_each_only_once():
    history = History()
    for number, cents in enumerate((1000, 9000, 5000)):
        weekly(f"c{number}", 900, 12, cents, history)
    raised = list(Replay(history, 30).run(FIRST - 20, LAST, 1))
    assert [one.customer.name for one in raised] == ["c1", "c2", "c0"]
    assert [one.reason for one in raised] == ["expired"] * 3


def test_who_buys_again_is_back_and_a_long_silence_before_the_start_is_left_alone():
    history = History()
    weekly("back", 900, 12, 1000, history)
    weekly("old", 700, 12, 1000, history)
    history.bought[1010].append(("back", 1000))
    raised = list(Replay(history, 30).run(FIRST, LAST, 5))
    assert [one.customer.name for one in raised][0] == "back"
    assert (raised[0].closed_on, raised[0].reason) == (1010, "returned")
    assert all(one.customer.name != "old" for one in raised)


def test_the_order_of_chances_is_told_by_pairs_with_half_for_ties():
    assert judging.auc([(0.1, False), (0.4, True), (0.4, False), (0.9, True)]) == 0.875
    assert judging.auc([(0.1, True)]) == 0.5
