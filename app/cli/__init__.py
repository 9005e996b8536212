"""The `flask` commands, one module a group: a new group is one more line in COMMANDS."""

from flask import Flask

from app.cli.audit import audit_group
from app.cli.backup import backup_group
from app.cli.customers import customers_group
from app.cli.demo import demo_group
from app.cli.jobs import jobs_group, worker_command
from app.cli.serve import serve_command
from app.cli.staff import staff_group
from app.cli.wechat import wechat_group

COMMANDS = (
    staff_group,
    demo_group,
    jobs_group,
    customers_group,
    backup_group,
    audit_group,
    wechat_group,
    serve_command,
    worker_command,
)


def install(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
