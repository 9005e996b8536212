"""`flask demo`: the demo shop 「小禾母婴」 comes and goes."""

import click
from flask import current_app
from flask.cli import AppGroup

from app.cli.saying import says_why
from app.core.db import db
from app.practice import media, removing
from app.practice.demo import loading

demo_group = AppGroup("demo", help="The demo shop.")


@demo_group.command("load")
@click.option("--customers", default=300, type=click.IntRange(1, 5_000_000), show_default=True)
@click.option("--orders", type=click.IntRange(0, 50_000_000), help="6 for each customer.")
@click.option("--messages", type=click.IntRange(0, 50_000_000), help="5 for each customer.")
@click.option("--seed", default=1, type=click.IntRange(0, 2**31), show_default=True)
@click.option("--if-empty", is_flag=True, help="Do nothing where there is a shop already.")
@says_why
def load(
    customers: int, orders: int | None, messages: int | None, seed: int, if_empty: bool
) -> None:
    """Fill an empty database: the same seed on the same day gives the same shop."""
    if if_empty and not loading.is_empty():
        return
    asked = loading.plan(customers, orders, messages, seed)
    with click.progressbar(length=customers, label="小禾母婴") as bar:
        loading.load(asked, demo=current_app.config["SHUKE"].env == "demo", tick=bar.update)
    click.echo(f"装好了 {customers} 位客户。")


@demo_group.command("remove")
@says_why
def remove() -> None:
    """Remove the demo shop and practice, without a trace."""
    with click.progressbar(length=removing.size(), label="小禾母婴") as bar:
        count = removing.demo(bar.update)
    db.session.commit()
    media.clear(current_app.config["SHUKE"].media_root)
    click.echo(f"清除了 {count} 位客户。")
