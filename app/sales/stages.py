"""The owner's table of stages: lines of care, their points, and ready-made ones to begin with."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import N_, Refused
from app.sales.models import CareLine, Stage

AGE, BOUGHT = "age", "bought"
BASES = {AGE: N_("从一个日子算起，例如宝宝生日"), BOUGHT: N_("从上次买算起，例如保养")}
UNITS = {"month": N_("个月"), "day": N_("天")}
MOST_LINES, MOST_STAGES = 20, 40
LONGEST = 50 * 366  # days
NAME_OF = "{称呼}"
WHOSE = "{名字}"


@dataclass(frozen=True)
class Ready:
    """A line to begin with: (name, after, unit, ahead, what to say) of each stage."""

    name: str
    basis: str
    category: str
    stages: tuple[tuple[str, int, str, int, str], ...]


READY = {
    "baby": Ready(N_("宝宝月龄"), AGE, "", (
        (N_("满月"), 1, "month", 2, N_("{名字}快满月了，道个喜，问问奶粉够不够、尿裤合不合身")),
        (N_("三个月"), 3, "month", 3, N_("{名字}三个月了，问问尿裤要不要换大一码")),
        (N_("二段奶粉"), 6, "month", 7, N_("{名字}快半岁，该换二段奶粉、加辅食米粉了")),
        (N_("学爬"), 8, "month", 3, N_("{名字}要学爬了，问问爬行垫和拉拉裤")),
        (N_("三段奶粉"), 12, "month", 7, N_("{名字}快周岁，该换三段奶粉，送个生日祝福")),
        (N_("学步"), 14, "month", 3, N_("{名字}学走路了，约来店里试学步鞋")),
        (N_("两岁"), 24, "month", 5, N_("{名字}快两岁，问问用品要不要换大一号")),
    )),
    "car": Ready(N_("汽车保养"), BOUGHT, N_("保养"), (
        (N_("小保养"), 6, "month", 7, N_("{称呼}的车上次保养快半年了，约小保养")),
        (N_("大保养"), 12, "month", 10, N_("{称呼}的车一年没做大保养了，约时间")),
    )),
    "lenses": Ready(N_("隐形眼镜"), BOUGHT, N_("隐形眼镜"), (
        (N_("换新"), 28, "day", 3, N_("{称呼}的隐形眼镜该换新的了")),
        (N_("复查视力"), 12, "month", 7, N_("{称呼}一年没验光了，约复查视力")),
    )),
    "pet": Ready(N_("宠物年龄"), AGE, "", (
        (N_("第一针疫苗"), 2, "month", 5, N_("{名字}两个月，该打第一针疫苗了")),
        (N_("驱虫"), 3, "month", 3, N_("{名字}该驱虫了，问问口粮")),
        (N_("每年体检"), 12, "month", 10, N_("{名字}快一岁，约体检和疫苗")),
    )),
    "hair": Ready(N_("染烫护理"), BOUGHT, N_("染烫"), (
        (N_("补染"), 45, "day", 3, N_("{称呼}上次染发一个半月了，问要不要补染")),
    )),
}  # fmt: skip


def day_of(anchor: date, after: int, unit: str) -> date:
    """The day of a stage: six months after 31 August is the last of February."""
    if unit == "day":
        return anchor + timedelta(days=after)
    months = anchor.year * 12 + anchor.month - 1 + after
    year, month = divmod(months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def lines() -> list[CareLine]:
    present = select(CareLine).where(CareLine.gone_at.is_(None))
    return list(db.session.scalars(present.order_by(CareLine.id)))


def stages_of(line: CareLine) -> list[Stage]:
    """In the order in which they come."""
    present = select(Stage).where(Stage.line_id == line.id, Stage.gone_at.is_(None))
    return sorted(db.session.scalars(present), key=lambda one: (_about(one), one.id))


def _about(one: Stage) -> float:
    return one.after * (30.4 if one.unit == "month" else 1)


def everything() -> list[tuple[CareLine, list[Stage]]]:
    return [(line, stages_of(line)) for line in lines()]


def add_line(name: str, *, basis: str, category: str = "") -> CareLine:
    """A new line; one of that name that was removed comes back."""
    if len(lines()) >= MOST_LINES:
        raise Refused(N_("最多 %(n)s 种关怀，请先删掉不用的"), field="name", n=MOST_LINES)
    known = db.session.scalar(select(CareLine).where(CareLine.name == name))
    if known and known.gone_at is None:
        raise Refused(N_("已经有「%(name)s」了，请改用别的名字"), field="name", name=name)
    line = known or CareLine(name=name)
    line.basis, line.category, line.gone_at = basis, category if basis == BOUGHT else "", None
    db.session.add(line)
    db.session.flush()
    return line


def remove_line(line: CareLine) -> None:
    """No more reminders of it; the customers' days stay, in case it comes back."""
    line.gone_at = now()


def put_stage(
    line: CareLine, stage: Stage | None, *, name: str, after: int, unit: str, ahead: int, says: str
) -> Stage:
    """A new stage of a line, or another content of one."""
    if stage is None and len(stages_of(line)) >= MOST_STAGES:
        raise Refused(N_("一种关怀最多 %(n)s 个阶段"), field="name", n=MOST_STAGES)
    if not 0 <= after <= (LONGEST // 30 if unit == "month" else LONGEST):
        raise Refused(N_("时间不对，请填 0 到 50 年之间的数"), field="after")
    if not 0 <= ahead <= 60:
        raise Refused(N_("提前的天数不对，请填 0 到 60 之间的数"), field="ahead")
    one = stage or Stage(line_id=line.id)
    one.name, one.after, one.unit, one.ahead, one.says = name, after, unit, ahead, says
    db.session.add(one)
    db.session.flush()
    return one


def remove_stage(stage: Stage) -> None:
    stage.gone_at = now()
