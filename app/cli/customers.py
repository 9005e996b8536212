"""`flask customers`: the shop's own Excel, in; and what is kept of each customer, put right."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.cli.saying import says_why
from app.core.db import db
from app.core.jobs import LostLease
from app.customers import rebuilding
from app.exchange import importing, reading, uploads, working
from app.exchange.fields import FIELDS, named
from app.exchange.models import ImportRun, SheetPlan

customers_group = AppGroup("customers", help="Customers and their purchases, in and out.")


@customers_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD",
              help="What a column means, for example 主顾=name. May be repeated.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Count and refuse, and change nothing.")
@says_why
def customers_import(file: Path, pairs: tuple[str, ...], dry_run: bool) -> None:
    """Import customers and purchases from FILE (.xlsx or .csv).

    The same file twice creates nobody twice; an interrupted import goes on where it stopped.
    Refused rows are reported on stderr with their reasons.
    """
    with file.open("rb") as stream:
        path, digest = uploads.keep(stream)
    try:
        plans = _mapped(reading.look(uploads.where(path), file.name), pairs)
        reading.check_columns(plans)
        run = importing.take_up(file.name, path, digest, plans, trial=dry_run)
        db.session.commit()
        _work(run, dry_run)
    except LostLease as error:
        raise click.ClickException("这个文件正在被另一个程序导入；请等它做完。") from error
    finally:
        importing.drop_unless_needed(path)
    _report(run, dry_run)


def _mapped(plans: list[SheetPlan], pairs: tuple[str, ...]) -> list[SheetPlan]:
    for pair in pairs:
        column, _equals, typed = pair.rpartition("=")
        field = named(typed)
        if not column or field is None:
            known = "、".join(f"{f.name}（{f.label}）" for f in FIELDS.values())
            raise click.ClickException(f"看不懂 --map {pair}；请写成 列名=字段，字段有：{known}")
        holders = [plan for plan in plans if column in plan["header"]]
        if not holders:
            raise click.ClickException(f"表格里没有“{column}”这一列；请按表头原样写列名。")
        for plan in holders:
            reading.assign(plan, field, plan["header"].index(column))
    return plans


def _work(run: ImportRun, dry_run: bool) -> None:
    with _progress(run) as told:
        if dry_run:
            working.guarded(run, lambda run: working.try_rows(run, told))
        else:
            working.guarded(run, lambda run: working.take_rows(run, told))


@contextmanager
def _progress(run: ImportRun) -> Iterator[working.Told]:
    """A bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield working.nobody
        return
    total = sum(map(len, reading.walk(uploads.where(run.path), run.filename, run.sheets)))
    with click.progressbar(length=total, label="导入", file=sys.stderr) as bar:
        yield lambda rows: bar.update(rows - bar.pos)


def _report(run: ImportRun, dry_run: bool) -> None:
    if run.state == "failed":
        raise click.ClickException(_(run.fault, **run.fault_params))
    for problem in importing.problems(run):
        sheet = run.sheets[problem.sheet]["name"]
        where = f"{sheet} 第 {problem.line} 行" if sheet else f"第 {problem.line} 行"
        click.echo(f"{where}：{_(problem.reason, **problem.params)}", err=True)
    click.echo(
        f"{'试导' if dry_run else '导入'} {run.rows} 行："
        f"新建客户 {run.created}，补全 {run.updated}，"
        f"消费 {run.orders} 笔（另有 {run.known} 笔以前导过），"
        f"{f'退款 {run.refunds} 笔，' if run.refunds else ''}"
        f"没有变化 {run.unchanged} 行，退回 {run.refused} 行"
    )


@customers_group.command("rebuild")
@click.option("--check", is_flag=True, help="Only look; fails where something differs.")
@says_why
def customers_rebuild(check: bool) -> None:
    """Compute every customer's summary again from what happened, and put right what differs.

    The shop may be open meanwhile: it looks without a lock and writes in short parts.
    """
    looked = rebuilding.how_many()
    parts = map(len, rebuilding.differing()) if check else rebuilding.rebuild()
    with click.progressbar(parts, length=rebuilding.ranges(), label="汇总", file=sys.stderr,
                           hidden=not sys.stderr.isatty()) as bar:  # fmt: skip
        wrong = sum(bar)
    told = "位的汇总与记录不一致" if check else "位的汇总"
    said = f"{'' if check else '改正 '}{wrong} {told}" if wrong else "汇总与记录一致"
    click.echo(f"看过 {looked} 位客户，{said}")
    if check and wrong:
        sys.exit(1)
