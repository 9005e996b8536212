"""`flask serve`: the web server that production and `make run` use."""

import logging
import signal
import sys
from typing import Any

import click
import waitress
import waitress.server
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.cli.saying import says_why
from app.config import Settings
from app.core import dripping, frugal, logs, soundness
from app.core.db import db
from app.core.house import LARGEST_HEARD
from app.staff import accounts, first_owner
from app.staff.roles import OWNER

THREADS = 8
SLOW_CLIENT = 30  # seconds of silence after which a connection is cut


@click.command("serve")
@with_appcontext
@says_why
def serve_command() -> None:
    """Serve the pages on HOST and PORT."""
    soundness.check(db.engine, current_app.config["SHUKE"].media_root)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    _refuse_demo_people(app.config["SHUKE"].env)
    _show_setup_code(app.config["SHUKE"])
    _warn(app.config["SHUKE"])
    db.session.remove()
    tell_all(app)
    signal.signal(signal.SIGTERM, _end)
    try:
        run(app)
    except OSError as error:
        port = app.config["SHUKE"].port
        raise click.ClickException(
            f"端口 {port} 打不开（{error.strerror}）：换一个 PORT，或先停掉占用它的程序。"
        ) from error


def tell_all(app: Flask) -> None:
    """In real use the log has a line for each request and each entry of the books."""
    if app.config["SHUKE"].env == "production":
        logs.install(logging.INFO)


def _refuse_demo_people(env: str) -> None:
    """Known passwords belong to the demo alone."""
    if env == "production" and any(p.is_demo and p.is_active for p in accounts.everybody()):
        raise click.ClickException("数据库里还有演示账号：先运行 flask demo remove，再正式使用。")


def _show_setup_code(settings: Settings) -> None:
    """A shop that has nobody yet is opened by whoever sees this line."""
    if settings.env == "production" and first_owner.is_missing():
        code = first_owner.make_code(settings.instance)
        click.echo(f"还没有店主。打开 {settings.address}/setup ，安装码 setup code: {code}")


def _warn(settings: Settings) -> None:
    """What somebody should look at, though the shop opens."""
    lines = list(settings.warnings)
    people = accounts.active()
    owners = [person for person in people if person.role == OWNER]
    if people and not owners:
        lines.append("There is no owner: make one with flask staff role NAME owner.")
    if settings.is_public and any(not person.second_factor for person in owners):
        lines.append("An owner has no second factor: it is asked for at the next sign-in.")
    for line in lines:
        click.echo(f"请留意 warning: {line}", err=True)


def run(app: Flask) -> None:
    """Serve until SIGINT or SIGTERM: one process, a few threads, nobody holds a line for long."""
    settings = app.config["SHUKE"]
    frugal.one_heap()
    waitress.server.BaseWSGIServer.channel_class = dripping.Channel
    waitress.serve(
        app,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        connection_limit=500,
        channel_timeout=SLOW_CLIENT,
        max_request_body_size=LARGEST_HEARD,
        # With trusted proxies in front, ProxyFix reads what they say; else nobody's word counts.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
        ident=None,
        _quiet=True,
    )


def _end(_signal: int, _frame: Any) -> None:
    sys.exit(0)
