"""The `flask` commands: a new one is one more line in COMMANDS.

Each module is loaded when its command is called for: a web server needs neither the demo shop
nor Alembic.
"""

from importlib import import_module
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

COMMANDS = {
    "audit": "audit:audit_group",
    "backup": "backup:backup_group",
    "customers": "customers:customers_group",
    "db": "db:db_group",
    "demo": "demo:demo_group",
    "jobs": "jobs:jobs_group",
    "quiet": "quiet:quiet_group",
    "serve": "serve:serve_command",
    "staff": "staff:staff_group",
    "wechat": "wechat:wechat_group",
    "worker": "jobs:worker_command",
}


class Commands(AppGroup):
    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> Any:
        if name not in COMMANDS:
            return None
        module, command = COMMANDS[name].split(":")
        return getattr(import_module(f"app.cli.{module}"), command)


def install(app: Flask) -> None:
    app.cli = Commands(app.name)
