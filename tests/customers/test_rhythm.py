from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.customers import odds, rhythm

LAST = date(2024, 6, 1)
bounded = settings(max_examples=100, derandomize=True, deadline=None, database=None)


def ago(span: int) -> date:
    return LAST - timedelta(days=span)


def later(gap: int) -> date:
    return LAST + timedelta(days=gap)


def gaps(x: int, span: int, u: float) -> tuple[int, int, int]:
    days = rhythm.horizon(ago(span), LAST, x + 1, u)
    return tuple((day - LAST).days for day in (days.quiet_on, days.dormant_on, days.lost_on))


REPEATS = [0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 50]
TABLE = {
    odds.QUIET: ".7286 .5942 .5139 .4564 .3760 .3000 .2654 .2076 .1718 .1292 .0883",
    odds.DORMANT: "1.8930 1.3463 1.0522 .8666 .6450 .4714 .4018 .2964 .2369 .1713 .1126",
    odds.LOST: "4.4726 2.6171 1.8264 1.4012 .9599 .6582 .5469 .3880 .3032 .2136 .1369",
}


@pytest.mark.parametrize("share", TABLE)
def test_the_table_of_silences_is_met_to_four_digits(share):
    found = [odds.k(share, x) for x in REPEATS]
    assert found == pytest.approx([float(value) for value in TABLE[share].split()], abs=5.1e-5)


@pytest.mark.parametrize(
    ("x", "span", "expected"),
    [
        (0, 0, (44, 114, 269)),
        (3, 90, (69, 130, 211)),
        (10, 300, (90, 145, 197)),
        (10, 150, (56, 85, 115)),
        (3, 270, (117, 286, 463)),
    ],
)
def test_the_three_days_of_a_monthly_shop_are_as_published(x, span, expected):
    assert gaps(x, span, 30) == expected


def test_a_weekly_regular_is_quiet_after_three_weeks_and_never_lost_before_sixty_days():
    quiet, _, lost = gaps(10, 70, 7)
    assert quiet == 21
    assert lost == 60


@pytest.mark.parametrize(
    ("x", "span", "u", "now", "after_47"),
    [
        (3, 90, 30, 0.42189, 0.28823),
        (10, 300, 30, 0.52716, 0.42843),
        (0, 0, 30, 0.18850, 0.10376),
        (10, 70, 7, 0.90790, 0.11950),
    ],
)
def test_the_chance_to_return_is_as_published(x, span, u, now, after_47):
    assert rhythm.chance(ago(span), LAST, x + 1, LAST, u) == pytest.approx(now, abs=6e-6)
    assert rhythm.chance(ago(span), LAST, x + 1, later(47), u) == pytest.approx(after_47, abs=6e-6)


def test_expected_visits_have_fallen_to_half_on_the_quiet_day():
    just_after = odds.expected(3, 90, 0, 30)
    assert odds.expected(3, 90, 68, 30) / just_after > 0.5
    assert odds.expected(3, 90, 69, 30) / just_after < 0.5


def test_expected_visits_are_never_fewer_than_the_chance_of_one():
    assert odds.expected(3, 90, 0, 30, 28) > odds.chance(3, 90, 0, 30, 28)


YEARS = [(0, 0, 40, 365), (3, 90, 10, 365), (40, 800, 5, 365), (12, 200, 90, 273)]


@pytest.mark.parametrize(("x", "span", "gap", "h"), YEARS)
def test_a_years_visits_are_the_integral_over_the_rates_of_leaving(x, span, gap, h):
    """Against a plain sum over thin slices."""
    past, power, weight, total, slices = 60 + span + gap, 0.8 + x, 0.0, 0.0, 50_000
    for i in range(slices):
        p = ((i + 0.5) / slices) ** (1 / odds.LEAVING)
        dense = (1 - p) ** (odds.STAYING + x)
        weight += dense
        total += dense * (1 - (past / (past + p * h)) ** power) / p
    told = odds.alive(x, span, gap, 30) * total / weight
    assert odds.visits_ahead(x, span, gap, 30, h) == pytest.approx(told, rel=0.01)


def test_a_year_is_no_more_than_the_rate_of_today_kept_up():
    assert odds.visits_ahead(3, 90, 0, 30, 1) == pytest.approx(
        odds.expected(3, 90, 0, 30, 1), rel=0.02
    )
    assert odds.visits_ahead(3, 90, 0, 30) < odds.expected(3, 90, 0, 30, 365)


@pytest.mark.parametrize(("x", "span"), [(0, 0), (3, 90), (10, 150)])
def test_a_more_watchful_shop_is_told_earlier(x, span):
    early, usual, late = (odds.silences(x, span, 30, th)[0] for th in (0.6, 0.5, 0.4))
    assert early < usual <= late


def test_contact_raises_the_odds_and_not_the_chance():
    assert odds.warmed(0.5) == pytest.approx(1.3 / 2.3)
    assert odds.warmed(0) == 0
    assert odds.warmed(1) == 1


@bounded
@given(st.integers(0, 60), st.integers(0, 2000), st.integers(0, 3000), st.floats(1, 400))
def test_one_look_tells_what_the_single_formulae_tell(x, extra, gap, u):
    span = x + extra if x else 0
    seen = odds.outlook(x, span, gap, u)
    assert seen.alive == odds.alive(x, span, gap, u)
    assert seen.back == pytest.approx(odds.chance(x, span, gap, u))
    assert seen.visits == pytest.approx(odds.expected(x, span, gap, u))
    assert seen.visits_after == pytest.approx(odds.expected(x, span, 0, u))
    assert 0 <= odds.at_risk(5000, seen) <= 5000 * seen.visits_after


def test_a_young_shop_is_its_trade_and_an_old_one_is_itself():
    assert rhythm.unit([], 30) == 30
    assert rhythm.unit([7], 30) == pytest.approx(28.0, abs=0.1)
    assert rhythm.unit([7] * 20, 28) == pytest.approx(14.0)
    assert rhythm.unit([7] * 10_000, 30) == pytest.approx(7.0, abs=0.03)


def test_the_usual_gap_is_a_whole_number_of_days():
    assert rhythm.median([20, 21]) == 21
    assert rhythm.median([1, 2, 300]) == 2


def test_the_end_of_the_calendar_is_a_wall_and_not_an_error():
    end = rhythm.horizon(date(1, 1, 1), date(9999, 12, 30), 2, 120)
    assert end == rhythm.Horizon(date.max, date.max, date.max)


def test_a_customer_of_twenty_thousand_visits_has_numbers_too():
    first = date(1970, 1, 1)
    last = first + timedelta(days=19_999)
    assert rhythm.horizon(first, last, 20_000, 7).quiet_on == last + timedelta(days=11)
    assert rhythm.chance(first, last, 20_000, last, 7) > 0.99
    assert rhythm.chance(first, last, 20_000, date.max, 7) == pytest.approx(0)


def test_a_visit_dated_tomorrow_is_a_silence_of_nothing():
    today = LAST - timedelta(days=1)
    assert rhythm.chance(LAST, LAST, 1, today, 30) == rhythm.chance(LAST, LAST, 1, LAST, 30)


@bounded
@given(
    st.integers(1, 400),
    st.integers(0, 4000),
    st.integers(0, 4000),
    st.floats(1, 400),
)
def test_chances_are_shares_that_fall_with_silence_and_days_stand_in_order(days, extra, gap, u):
    span = days - 1 + (extra if days > 1 else 0)
    first = ago(span)
    found = rhythm.horizon(first, LAST, days, u)
    assert LAST < found.quiet_on <= found.dormant_on <= found.lost_on
    early, late = (rhythm.chance(first, LAST, days, later(at), u) for at in (gap, gap + 30))
    assert 0 <= late <= early <= 1
    assert 0 <= odds.alive(days - 1, span, gap, u) <= 1


@pytest.mark.parametrize(
    ("bought", "first", "inbound_days", "expected"),
    [
        (date(2024, 5, 1), LAST, 1, 28),
        (date(2024, 5, 1), ago(2), 3, 14),
        (date(2024, 5, 1), ago(40), 3, 40),
        (date(2024, 5, 1), ago(300), 3, 60),
        (None, LAST, 1, 28),
    ],
)
def test_contact_keeps_a_customer_warm_for_two_to_eight_weeks(
    bought, first, inbound_days, expected
):
    assert rhythm.warm_until(bought, first, LAST, inbound_days) == later(expected)


def test_contact_before_the_last_purchase_or_on_its_day_does_not_count():
    assert rhythm.warm_until(LAST, ago(9), LAST, 2) is None
    assert rhythm.warm_until(later(1), ago(9), LAST, 2) is None


def test_a_visit_is_worth_the_own_mean_drawn_toward_the_shops_median():
    assert odds.worth(0, 0, 5000) == 5000
    assert odds.worth(30000, 3, 5000) == 8000
    assert odds.worth(900, 3, 0) == 300  # the shop's median is not known yet
    assert odds.worth(1, 1, 1) == 1


@pytest.mark.parametrize(
    ("days", "gap", "warm", "expected"),
    [
        (0, 0, None, "lead"),
        (1, 9, None, "new"),
        (2, 9, None, "active"),
        (2, 9, 90, "active"),
        (2, 10, 10, "quiet_warm"),
        (2, 10, 9, "quiet"),
        (2, 20, None, "dormant"),
        (2, 70, None, "lost"),
        (2, 70, 70, "quiet_warm"),
    ],
)
def test_the_first_rule_that_fits_names_the_state(days, gap, warm, expected):
    until = None if warm is None else later(warm)
    assert rhythm.state(days, later(gap), later(10), later(20), later(60), until) == expected


def test_who_has_no_rhythm_yet_is_a_lead():
    assert rhythm.state(0, LAST, None, None, None, LAST) == "lead"


def test_a_regulars_silence_is_told_with_the_own_usual_gap_and_a_percentage():
    visits = [ago(63), ago(42), ago(21), LAST, LAST]
    assert rhythm.sentence(visits, later(47), 21) == (
        "often",
        {"usual": 21, "gap": 47, "chance": 31},
    )


def test_a_chance_under_ten_percent_is_not_given_to_the_point():
    visits = [ago(63), ago(42), LAST]
    assert rhythm.sentence(visits, later(900), 21)[1]["chance"] == rhythm.BELOW_TEN


def test_two_visits_and_one_visit_are_told_without_a_chance():
    assert rhythm.sentence([ago(20), LAST], later(47), 21) == ("twice", {"between": 20, "gap": 47})
    assert rhythm.sentence([LAST], later(44), 30.4) == (
        "once",
        {"first": "2024-06-01", "gap": 44, "shop": 30},
    )


def test_without_a_visit_up_to_today_there_is_nothing_to_tell():
    assert rhythm.sentence([], LAST, 30) is None
    assert rhythm.sentence([later(1)], LAST, 30) is None
