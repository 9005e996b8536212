"""Sentences that say when: understood as people mean them, refused in words, never a crash."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core import clock, lunar
from app.core.clock import local, now
from app.core.errors import Refused
from app.reminders import phrases
from app.reminders.numerals import number

MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - the zone follows
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
WORDS = re.findall(
    r"\S+",
    "今天 明天 大后天 下周三 周末 月底 下个月 15号 2月30日 12/5 农历 闰六月 初一 三十 除夕 中秋"
    " 前 后 年后 半小时后 一个半 几天后 3点 下午 晚上 25点 一刻 半 点 每 王姐 回访 99999 十百"
    " 0 月 日 周 年 : / -",
)


@pytest.fixture(autouse=True)
def _clock():
    """A Wednesday, ten past two in the afternoon; it stands still."""
    stand("2026-11-25 14:10")
    yield
    clock.source = clock.system_now


def stand(text):
    moment = datetime.fromisoformat(text).replace(tzinfo=clock.zone).astimezone(UTC)
    clock.source = lambda: moment


def when(text):
    return f"{local(phrases.moment(text)):%Y-%m-%d %H:%M}"


def understood(text):
    """What is understood, or why nothing is."""
    try:
        return phrases.read(text), ""
    except Refused as no:
        return None, no.message % no.params


@pytest.mark.parametrize(
    ("text", "moment", "rest"),
    [
        ("明天下午3点回访王姐 试用装", "2026-11-26 15:00", "回访王姐 试用装"),
        ("回访王姐 明天下午３点半", "2026-11-26 15:30", "回访王姐"),
        ("今天回访王姐", "2026-11-25 15:30", "回访王姐"),
        ("后天上午十点一刻给李阿姨送样品", "2026-11-27 10:15", "给李阿姨送样品"),
        ("大后天", "2026-11-28 10:00", ""),
        ("今晚8点", "2026-11-25 20:00", ""),
        ("明早给王姐打电话", "2026-11-26 09:00", "给王姐打电话"),
        ("晚上12点", "2026-11-26 00:00", ""),
        ("下周三问奶粉", "2026-12-02 10:00", "问奶粉"),
        ("周三", "2026-11-25 15:30", ""),
        ("周三上午", "2026-12-02 10:00", ""),
        ("星期天", "2026-11-29 10:00", ""),
        ("下下周二", "2026-12-08 10:00", ""),
        ("下周三点半", "2026-11-30 15:30", ""),
        ("月底前对账", "2026-11-30 10:00", "对账"),
        ("下个月15号下午两点", "2026-12-15 14:00", ""),
        ("12月底", "2026-12-31 10:00", ""),
        ("15号送货", "2026-12-15 10:00", "送货"),
        ("3月5日", "2027-03-05 10:00", ""),
        ("2月29日", "2028-02-29 10:00", ""),
        ("2026-12-05 15:30 回访", "2026-12-05 15:30", "回访"),
        ("12/5 10点", "2026-12-05 10:00", ""),
        ("三天后", "2026-11-28 10:00", ""),
        ("3天之后下午2点 问大罐", "2026-11-28 14:00", "问大罐"),
        ("过两周", "2026-12-09 10:00", ""),
        ("一个半月后", "2027-01-09 10:00", ""),
        ("半年后", "2027-05-25 10:00", ""),
        ("半小时后回电话", "2026-11-25 14:40", "回电话"),
        ("一个半小时后", "2026-11-25 15:40", ""),
        ("过会儿回电话", "2026-11-25 15:10", "回电话"),
        ("农历八月十五送月饼", "2027-09-15 10:00", "送月饼"),
        ("腊月廿三", "2027-01-30 10:00", ""),
        ("闰五月初五", "2028-06-27 10:00", ""),
        ("除夕", "2027-02-05 10:00", ""),
        ("大年初五", "2027-02-10 10:00", ""),
        ("中秋前三天", "2027-09-12 10:00", ""),
        ("年后联系", "2027-02-13 10:00", "联系"),
        ("清明", "2027-04-05 10:00", ""),
        ("国庆回访李国庆", "2027-10-01 10:00", "回访李国庆"),
        ("3点回电话", "2026-11-25 15:00", "回电话"),
        ("9点", "2026-11-25 21:00", ""),
        ("上午9点", "2026-11-26 09:00", ""),
        ("宝宝6个月了，明天问尿不湿", "2026-11-26 10:00", "宝宝6个月了 问尿不湿"),
    ],
)
def test_what_people_write_is_understood(text, moment, rest):
    assert (when(text), phrases.read(text).rest) == (moment, rest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("随便聊聊", "没看出是什么时候"), ("", "没看出是什么时候"),
        ("便宜一点", "没看出是什么时候"), ("给李国庆打电话", "没看出是什么时候"),
        ("昨天", "已经过去了"), ("这周一", "已经过去了"), ("今天上午9点", "已经过去了"),
        ("2020年1月1日", "已经过去了"), ("本月1号", "已经过去了"),
        ("2月30日", "2 月没有 30 日"), ("2027年2月29日", "2 月没有 29 日"),
        ("13月1日", "没有 13 月"), ("35号", "没有 35 号"), ("下周八", "没有「下周八」"),
        ("明天25点", "没有「25点」"), ("明天8点70分", "没有「8点70分」"),
        ("几天后", "没说清"), ("几小时后", "没说清"), ("99999月后", "太远了"),
        ("闰六月初一", "都没有闰六月"), ("农历十三月初一", "农历没有 13 月"),
        ("农历六月三十", "只有 29 天"), ("农历八月四十", "请写初一到三十"),
    ],
)  # fmt: skip
def test_what_is_no_time_to_come_is_refused_in_words(text, reason):
    with pytest.raises(Refused) as no:
        phrases.read(text)
    assert reason in no.value.message % no.value.params
    assert no.value.field == "said"


@given(MOMENTS, st.lists(st.sampled_from(WORDS), max_size=6), st.text(max_size=10))
def test_any_sentence_is_a_moment_to_come_or_refused(moment, words, more):
    clock.source = lambda: moment
    said, reason = understood("".join(words) + more)
    assert reason or said.at > now() - timedelta(minutes=1)
    assert reason or "\0" not in said.rest


@given(MOMENTS, st.dates(date(2001, 1, 1), date(2089, 1, 1)), st.integers(0, 23))
def test_a_date_written_out_is_that_date(moment, day, hour):
    clock.source = lambda: moment
    text = f"{day.year}年{day.month}月{day.day}日{hour}:05"
    if hour < 10:
        text = text.replace(f"日{hour}", f"日0{hour}")
    meant = clock.at_local(day, clock.time(hour, 5))
    if meant <= moment:
        with pytest.raises(Refused):
            phrases.read(text)
    else:
        assert phrases.read(text).at == meant


@given(MOMENTS, st.integers(1, 12), st.integers(1, 30))
def test_a_lunar_day_is_the_next_of_that_name(moment, month, day):
    clock.source = lambda: moment
    text = f"农历{lunar.month_name(month)}{lunar.day_name(day)}中午"
    said, reason = understood(text)
    assert said or (day == 30 and "29 天" in reason)
    if said is None:
        return
    found = local(said.at).date()
    assert lunar.name_of(found) == lunar.month_name(month) + lunar.day_name(day)
    assert (found - local(moment).date()).days <= 385


@given(MOMENTS, st.integers(1, 400), st.sampled_from(["天后", "天之后"]))
def test_so_many_days_later_is_counted_on_the_shops_calendar(moment, days, words):
    clock.source = lambda: moment
    found = local(phrases.moment(f"{days}{words}")).date()
    assert (found - local(moment).date()).days == days


@given(st.integers(1, 99))
def test_numbers_are_read_as_they_are_written(n):
    tens, ones = divmod(n, 10)
    digits = "零一二三四五六七八九"
    spelt = (
        ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + (digits[ones] if ones else "")
    )
    assert number(spelt) == number(str(n)) == n
    assume(20 < n < 40 and ones)
    assert number({2: "廿", 3: "卅"}[tens] + digits[ones]) == n
