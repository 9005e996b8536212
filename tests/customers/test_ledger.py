"""Which visits remain when refunds are put beside purchases."""

from hypothesis import given
from hypothesis import strategies as st

from app.customers import ledger
from app.customers.ledger import UNKNOWN, net

DAYS = st.integers(1, 60)
CENTS = st.one_of(st.integers(0, 5000), st.just(UNKNOWN))


def test_two_purchases_of_a_day_are_one_visit():
    assert net([(5, 100), (5, 200), (3, 50)]) == {3: 50, 5: 300}


def test_a_day_that_is_given_back_is_no_visit():
    assert net([(5, 100), (9, 100)], [(9, 100, 0)]) == {5: 100}
    assert net([(5, 100)], [(5, 40, 0)]) == {5: 60}


def test_a_refund_of_a_later_day_finds_its_purchase():
    assert net([(5, 100), (9, 70)], [(12, 100, 0)]) == {9: 70}
    assert net([(5, 100), (9, 100)], [(12, 100, 5)]) == {9: 100}
    assert net([(5, 100), (9, 70)], [(12, 30, 0)]) == {5: 100, 9: 40}


def test_a_refund_without_an_amount_gives_the_whole_day_back():
    assert net([(5, 100), (9, 70)], [(12, UNKNOWN, 0)]) == {5: 100}


def test_a_refund_that_fits_no_purchase_changes_nothing():
    assert net([(5, 100)], [(12, 900, 0)]) == {5: 100}
    assert net([(5, 100)], [(3, 100, 0)]) == {5: 100}
    assert net([], [(3, 100, 0)]) == {}


def test_an_unknown_amount_is_the_shops_usual_one():
    assert net([(5, UNKNOWN), (9, 0)], typical=80) == {5: 80, 9: 0}


@given(
    st.lists(st.tuples(DAYS, CENTS), max_size=8),
    st.lists(st.tuples(DAYS, CENTS, st.one_of(DAYS, st.just(0))), max_size=5),
)
def test_visits_are_days_of_purchases_in_order_with_no_debt_left(bought, taken):
    found = ledger.net(bought, taken, 100)
    assert list(found) == sorted(found)
    assert set(found) <= {day for day, _cents in bought}
    assert all(cents >= 0 for cents in found.values())
    assert sum(found.values()) <= sum(100 if c == UNKNOWN else c for _day, c in bought)
