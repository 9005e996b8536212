"""`flask quiet`: the quiet-customer model on files, without a shop and without a database."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from app.cli.quiet_figures import told
from app.cli.saying import says_why
from app.core.errors import N_, Refused
from app.customers import odds
from app.exchange import fitting, histories, scoring
from app.exchange.histories import Book
from app.reminders.replay import Replay

quiet_group = AppGroup("quiet", help="Who has gone quiet, from CSV files.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])
PRIOR = click.option("--usual", default=30.0, show_default=True, type=click.FloatRange(1, 400),
                     help="Days between two visits that are usual in the trade.")  # fmt: skip
REMINDED = (
    "date", "customer_id", "lapse_key", "value_at_risk", "close_date", "close_reason",
)  # fmt: skip


@quiet_group.command("score")
@click.option("--orders", type=FILE, help="customer_id,date[,amount][,kind][,order_id]")
@click.option("--customers", type=FILE,
              help="customer_id,n_days,first_date,last_date,total_amount")  # fmt: skip
@click.option("--events", type=FILE, help="customer_id,date,direction,kind")
@click.option("--as-of", "as_of", type=DAY, required=True, help="Nothing later is looked at.")
@click.option("--horizon", default=odds.HORIZON, show_default=True, help="Days ahead.")
@PRIOR
@click.option("--out", type=OUT, required=True)
@says_why
def quiet_score(
    orders: Path | None, customers: Path | None, events: Path | None, as_of: Any, horizon: int,
    usual: float, out: Path,
) -> None:  # fmt: skip
    """Score every customer: state, chance to return, dates, value at risk, reason."""
    if (orders is None) == (customers is None):
        raise Refused(N_("请给出 --orders 或 --customers 其中一个文件"))
    book, day = Book(), _number(as_of)
    if events:
        histories.read_events(book, events, day)
    if orders:
        histories.read_orders(book, orders, day)
        shop, found = scoring.summaries(book, usual)
        summed: Any = found.items()
    else:
        shop, summed = scoring.from_sums(book, customers, day, usual)  # type: ignore[arg-type]
    line = scoring.Scorer(shop, book, day, scoring.check_horizon(horizon)).line
    _write(out, scoring.COLUMNS, (line(one, summary) for one, summary in summed))
    _warn(book)


@quiet_group.command("remind")
@click.option("--orders", type=FILE, required=True)
@click.option("--events", type=FILE)
@click.option("--from", "first", type=DAY, required=True)
@click.option("--to", "last", type=DAY, required=True)
@click.option("--cap", type=click.IntRange(0, 100_000), required=True, help="Reminders a day.")
@PRIOR
@click.option("--out", type=OUT, required=True)
@says_why
def quiet_remind(
    orders: Path, events: Path | None, first: Any, last: Any, cap: int, usual: float, out: Path
) -> None:
    """Replay the reminder policy day by day; on each day only what was known before it."""
    if last < first:
        raise Refused(N_("--to 在 --from 之前，请对调"))
    book, end = Book(), _number(last)
    histories.read_orders(book, orders, end)
    if events:
        histories.read_events(book, events, end)
    replay = Replay(scoring.history_of(book), usual)
    raised = list(replay.run(_number(first), end, cap))
    _write(out, REMINDED, map(_reminder, raised))
    _warn(book)


def _reminder(one: Any) -> list[object]:
    closed = date.fromordinal(one.closed_on).isoformat() if one.closed_on else ""
    return [
        date.fromordinal(one.on).isoformat(), one.customer.name,
        date.fromordinal(one.lapse).isoformat(), f"{one.at_risk / 100:.2f}", closed, one.reason,
    ]  # fmt: skip


@quiet_group.command("fit")
@click.option("--orders", type=FILE, required=True)
@click.option("--as-of", "as_of", type=DAY, required=True)
@click.option("--model", type=click.Choice(["bgnbd", "mbgnbd", "gammagamma"]), required=True)
@click.option("--unit", default=7.0, show_default=True, type=click.FloatRange(0.01, 400),
              help="Days that count as one step of time.")  # fmt: skip
@click.option("--out", type=OUT, required=True)
@says_why
def quiet_fit(orders: Path, as_of: Any, model: str, unit: float, out: Path) -> None:
    """Maximum likelihood, for comparison: the product goes by fixed constants."""
    book, day = Book(), _number(as_of)
    histories.read(book, orders, day)
    if model == "gammagamma":
        params, likelihood = fitting.gammagamma(scoring.repeated(book))
    else:
        rows = scoring.timed(book, day, unit)
        params, likelihood = getattr(fitting, model)(rows)
    out.write_text(json.dumps({"params": params, "ll": likelihood}) + "\n", encoding="utf-8")
    _warn(book)


@quiet_group.command("measure")
@click.argument("history", type=FILE)
@click.option("--as-of", "as_of", type=DAY, required=True)
@click.option("--cap", default=6, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--usual", default=30.0, show_default=True, type=click.FloatRange(1, 400))
@says_why
def quiet_measure(history: Path, as_of: Any, cap: int, usual: float) -> None:
    """Judge the model on a history: a CSV of orders, or the plain text of a public sample."""
    book = Book()
    histories.read(book, history, date.max.toordinal())
    for line in told(book, _number(as_of), cap, usual):
        click.echo(line)


def _number(moment: Any) -> int:
    return int(moment.date().toordinal())


def _write(out: Path, columns: tuple[str, ...], lines: Iterator[list[object]]) -> None:
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(lines)


def _warn(book: Book) -> None:
    if book.unread:
        click.echo(f"有 {book.unread} 行读不懂（日期或客户编号），没有计入。", err=True)
