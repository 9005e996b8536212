"""The day that a sentence names: 明天, 下周三, 月底, 12月5日, 三天后, 农历八月十五, 中秋. Pure.

Each way of saying it is a pattern and a function from its match to the days that may be meant, the
next first: «周三» said on a Wednesday evening is next week's. One that names a year, or «this»
week, means one day alone, which may be past.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.errors import N_, Refused
from app.reminders import lunarwords
from app.reminders.numerals import NUMBER, number

LAST_YEAR = 9000
YEARS_AHEAD = 5  # 29 February comes every four
NEAR = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
YEARS = {"今": 0, "明": 1, "后": 2}
HALF = {"周": 3, "星期": 3, "礼拜": 3, "月": 15, "年": 182}  # days
LONG = {"国庆": 7, "春节": 7, "年": 7}  # «after» them is after the holiday
WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")}
WEEKDAYS |= {c: n for n, c in enumerate("1234567")} | {"天": 6, "末": 5}
WEEK = r"(?:周|星期|礼拜)"
AFTER = r"(?:[之以]?[后後内]|过后)"
EDGE = {"初": 1, "中": 15}
FIXED = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八节": (3, 8), "劳动节": (5, 1),
    "五一": (5, 1), "儿童节": (6, 1), "六一": (6, 1), "教师节": (9, 10), "国庆": (10, 1),
    "平安夜": (12, 24), "圣诞": (12, 25), "双十一": (11, 11), "双11": (11, 11),
    "双十二": (12, 12), "双12": (12, 12),
}  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"

NO_SUCH_DAY = N_("%(month)s 月没有 %(day)s 日，请换成有的一天")
NO_SUCH_MONTH = N_("没有 %(month)s 月，请写 1 到 12 月")
NO_SUCH_WEEKDAY = N_("没有「%(text)s」，请写周一到周日")
VAGUE = N_("「%(text)s」没说清是哪一天，请写成 3天后、下周三 这样")
TOO_FAR = N_("太远了，请选三年以内的时间")


@dataclass(frozen=True)
class Day:
    """Where a day is named, and the days that may be meant, the next first."""

    span: tuple[int, int]
    days: tuple[date, ...]


def find(text: str, today: date) -> Day | None:
    """The first day that a text names; Refused when it names one that there is not."""
    for ways in (CLEAR, FAINT):
        found = [(m, meant) for way, meant in ways if (m := way.search(text))]
        if found:
            match, meant = min(found, key=lambda one: (one[0].start(), -one[0].end()))
            try:
                return Day(match.span(), tuple(meant(match, today)))
            except OverflowError:
                raise Refused(TOO_FAR) from None
            except ValueError:
                raise Refused(VAGUE, text=match[0]) from None
    return None


# The ways ----------------------------------------------------------------------------------------


def _near(m: re.Match[str], today: date) -> Iterable[date]:
    return [today + timedelta(days=NEAR[m[1]])]


def _after(m: re.Match[str], today: date) -> Iterable[date]:
    if m["many"] in ("几", "若干"):
        raise Refused(VAGUE, text=m[0])
    unit, half = m["unit"], timedelta(days=HALF.get(m["unit"], 0))
    if m["many"] == "半":
        if unit not in ("月", "年"):
            raise Refused(VAGUE, text=m[0])
        return [later_by(today, 6) if unit == "年" else today + half]
    many, extra = number(m["many"]), half if m["and"] or m["more"] else timedelta(0)
    if unit in ("月", "年"):
        return [later_by(today, many * (12 if unit == "年" else 1)) + extra]
    return [today + timedelta(days=many * (1 if unit in ("天", "日") else 7)) + extra]


def _weekday(m: re.Match[str], today: date) -> Iterable[date]:
    said = m.groupdict()
    word, index = said["which"] or "", WEEKDAYS.get(said["day"] or said["day2"] or "")
    if index is None:
        raise Refused(NO_SUCH_WEEKDAY, text=m[0])
    monday = today - timedelta(days=today.weekday())
    if word:
        weeks = {"上": -1, "这": 0, "本": 0, "下": 1, "下下": 2}[word]
        return [monday + timedelta(days=index, weeks=weeks)]
    ahead = today + timedelta(days=(index - today.weekday()) % 7)
    return [ahead, ahead + timedelta(days=7)]


def _week(m: re.Match[str], today: date) -> Iterable[date]:
    """«下周» is its Monday; «本周» its Friday, or what is left of it."""
    monday = today - timedelta(days=today.weekday())
    if m["which"] in ("这", "本"):
        return [max(today, monday + timedelta(days=4))]
    return [monday + timedelta(weeks={"下": 1, "下下": 2}[m["which"]])]


def _month_edge(m: re.Match[str], today: date) -> Iterable[date]:
    edge = EDGE.get(m["edge"])
    if m["which"]:
        first = _month_of(m["which"], today)
        return [_day_of(first, edge)]
    return _ahead(today, (_day_of(later_by(today.replace(day=1), n), edge) for n in range(3)))


def _named_month_edge(m: re.Match[str], today: date) -> Iterable[date]:
    month, edge = _month(m["month"]), EDGE.get(m["edge"])
    if m["year"]:
        return [_day_of(date(_year(m["year"], today), month, 1), edge)]
    years = range(today.year, today.year + 3)
    return _ahead(today, (_day_of(date(year, month, 1), edge) for year in years))


def _year_edge(m: re.Match[str], today: date) -> Iterable[date]:
    month, day = (1, 1) if m["edge"] == "初" else (12, 31)
    if m["year"]:
        return [date(_year(m["year"], today), month, day)]
    return _ahead(today, (date(today.year + n, month, day) for n in range(3)))


def _day_of_month(m: re.Match[str], today: date) -> Iterable[date]:
    first, day = _month_of(m["which"], today), number(m["day"])
    return [_checked(first.year, first.month, day)]


def _next_month(m: re.Match[str], today: date) -> Iterable[date]:
    return [_month_of(m["which"], today)]


def _date(m: re.Match[str], today: date) -> Iterable[date]:
    month, day = _month(m["month"]), number(m["day"])
    if m["year"]:
        return [_checked(_year(m["year"], today), month, day)]
    years = range(today.year, today.year + YEARS_AHEAD)
    fits = [one for year in years if (one := _or_none(year, month, day))]
    if not fits:
        raise Refused(NO_SUCH_DAY, month=month, day=day)
    return _ahead(today, fits)


def _bare_day(m: re.Match[str], today: date) -> Iterable[date]:
    day = number(m["day"])
    if not 1 <= day <= 31:
        raise Refused(N_("一个月没有 %(day)s 号，请换成有的一天"), day=day)
    months = (later_by(today.replace(day=1), n) for n in range(YEARS_AHEAD))
    found = (_or_none(one.year, one.month, day) for one in months)
    return _ahead(today, (one for one in found if one))


def _festival(m: re.Match[str], today: date) -> Iterable[date]:
    month, day = FIXED[m["name"]]
    years = range(today.year, today.year + 3)
    return _around(m, today, (date(year, month, day) for year in years))


def _clear_and_bright(m: re.Match[str], today: date) -> Iterable[date]:
    """清明, by the rule that holds in this century."""
    years = range(today.year, today.year + 3)
    days = (int((y % 100) * 0.2422 + 4.81) - (y % 100) // 4 for y in years)
    return _around(m, today, (date(y, 4, d) for y, d in zip(years, days, strict=True)))


def _lunar(m: re.Match[str], today: date) -> Iterable[date]:
    return lunarwords.days(m, today)


def _lunar_festival(m: re.Match[str], today: date) -> Iterable[date]:
    return _around(m, today, lunarwords.festival(m["name"], today))


# What they share ---------------------------------------------------------------------------------


def _around(m: re.Match[str], today: date, days: Iterable[date]) -> Iterator[date]:
    """Of a festival: so many days before or after it."""
    name = m.groupdict().get("name") or ""
    many = number(m["many"]) if m["many"] else LONG.get(name, 1)
    shift = {"前": -many, "后": many}.get(m["side"] or "", 0)
    return _ahead(today, (one + timedelta(days=shift) for one in days))


def _ahead(today: date, days: Iterable[date]) -> Iterator[date]:
    return (one for one in days if one >= today)


def later_by(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST_YEAR:
        raise OverflowError
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _day_of(first: date, day: int | None) -> date:
    """A day of a month; without one its last."""
    return first.replace(day=day or monthrange(first.year, first.month)[1])


def _month_of(which: str, today: date) -> date:
    return later_by(today.replace(day=1), {"这": 0, "本": 0, "下": 1, "下下": 2}[which])


def _month(text: str) -> int:
    month = number(text)
    if not 1 <= month <= 12:
        raise Refused(NO_SUCH_MONTH, month=month)
    return month


def _year(text: str, today: date) -> int:
    year = today.year + YEARS[text] if text in YEARS else number(text)
    return year + 2000 if 20 <= year < 100 else year


def _checked(year: int, month: int, day: int) -> date:
    found = _or_none(year, month, day)
    if found is None:
        raise Refused(NO_SUCH_DAY, month=month, day=day)
    return found


def _or_none(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= day <= monthrange(year, month)[1] else None


Meant = Callable[[re.Match[str], date], Iterable[date]]
_BEFORE_AFTER = rf"(?:(?P<side>前|后)(?:(?P<many>{NUMBER})天)?(?![天年]))?"
_YEAR = r"(?:(?P<year>[今明后]|\d{2}(?:\d{2})?|二[〇零○][一二三四五六七八九〇零○]{2})年)"
SPAN = (
    rf"(?P<many>{NUMBER}|半|几|若干)个?(?P<more>半)?(?P<unit>天|日|周|星期|礼拜|月|年)(?P<and>半)?"
)
_ALONE = r"(?<![0-9一二两三四五六七八九十半几])"
CLEAR: list[tuple[re.Pattern[str], Meant]] = [
    (re.compile(pattern), meant)
    for pattern, meant in (
        (rf"{_ALONE}(大前|前|昨|今|明|大后|后)(?:天|日|儿(?![子女]))", _near),
        (r"([今明昨])(?=早|晚|晨|夜|上午|中午|下午|傍晚)", _near),
        (rf"(?:再?过)?{SPAN}{AFTER}", _after),
        (rf"再?过{SPAN}", _after),
        (rf"(?P<which>下下|下|这|本|上)个?{WEEK}(?P<day>[一二三四五六日天末八九十0-9])"
         r"(?![点时:0-9])", _weekday),
        (rf"{_ALONE}(?P<which>)(?:周(?P<day>[一二三四五六日天末1-7])|(?:星期|礼拜)"
         r"(?P<day2>[一二三四五六日天末八九十0-9]))(?![点时:0-9岁])", _weekday),
        (rf"(?P<which>下下|下|这|本)个?{WEEK}", _week),
        (r"(?:(?P<which>下下|下|这|本)个?)?月(?P<edge>底|末|尾|初|中)", _month_edge),
        (rf"{_YEAR}?(?P<month>{NUMBER})月(?:份)?(?P<edge>底|末|尾|初|中)", _named_month_edge),
        (r"(?:(?P<year>[今明后]|\d{4})年?)?(?<!大)年(?P<edge>底|末|初(?![一二三四五六七八九十]))",
         _year_edge),
        (rf"(?P<which>下下|下|这|本)个?月(?P<day>{NUMBER})[日号]", _day_of_month),
        (r"(?P<which>下下|下)个?月", _next_month),
        (rf"{_YEAR}?的?(?P<month>{NUMBER})月(?:份)?(?P<day>{NUMBER})[日号]?", _date),
        (r"(?<![\d.])(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)", _date),
        (r"(?<![\d/.])(?P<year>)(?P<month>\d{1,2})/(?P<day>\d{1,2})(?![\d/罐盒包件瓶箱])", _date),
        (lunarwords.DATE, _lunar),
    )
]  # fmt: skip
# What may as well be a name or the number of something, asked only where nothing clearer is said.
FAINT: list[tuple[re.Pattern[str], Meant]] = [
    (re.compile(pattern), meant)
    for pattern, meant in (
        (rf"(?<!\d)(?P<day>{NUMBER})号(?![楼店线院柜桌房门机款奶粉色码])", _bare_day),
        (rf"(?<![{SURNAMES}])(?P<name>{'|'.join(FIXED)})(?![点月])(?:节|假期|当天)?"
         rf"{_BEFORE_AFTER}", _festival),
        (rf"(?<![{SURNAMES}])清明节?(?:当天)?{_BEFORE_AFTER}", _clear_and_bright),
        (rf"(?P<name>{'|'.join(lunarwords.FESTIVALS)})(?:节|当天)?{_BEFORE_AFTER}",
         _lunar_festival),
        (rf"{_ALONE}(?P<name>年)(?P<side>前|后)(?P<many>)", _lunar_festival),
        (lunarwords.FIRST_DAYS, _lunar),
    )
]  # fmt: skip
