"""`flask staff`: colleagues."""

import sys

import click
from flask.cli import AppGroup

from app.cli.saying import says_why
from app.core.db import db
from app.staff import accounts, second_factor
from app.staff.models import Staff
from app.staff.roles import MATRIX

staff_group = AppGroup("staff", help="Colleagues.")


def _colleague(name: str) -> Staff:
    person = accounts.by_name(name)
    if person is None:
        raise click.ClickException(f"没有叫 {name} 的同事。用 flask staff list 查看。")
    return person


def _password_from_stdin(from_stdin: bool) -> str:
    if not from_stdin:
        raise click.ClickException("请加 --password-stdin，并从标准输入给出密码。")
    return sys.stdin.readline().rstrip("\n")


@staff_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(sorted(MATRIX)), required=True)
@click.option("--display", default="", help="The name that others see.")
@click.option("--password-stdin", is_flag=True)
@says_why
def staff_add(name: str, role: str, display: str, password_stdin: bool) -> None:
    """Add a colleague; the password is one line of standard input."""
    password = _password_from_stdin(password_stdin)
    person = accounts.add(name, role=role, password=password, display=display)
    db.session.commit()
    click.echo(f"{person.name} ({person.role})")


@staff_group.command("list")
def staff_list() -> None:
    """List colleagues."""
    for person in accounts.everybody():
        state = "active" if person.is_active else "deactivated"
        click.echo(f"{person.name}\t{person.role}\t{person.display}\t{state}")


@staff_group.command("password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True)
@says_why
def staff_password(name: str, password_stdin: bool) -> None:
    """Set a colleague's password and end all their sessions."""
    person = _colleague(name)
    new_hash = accounts.hashed(_password_from_stdin(password_stdin), person.name)
    accounts.change_password(person, new_hash, by=None)
    db.session.commit()


@staff_group.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(sorted(MATRIX)))
@says_why
def staff_role(name: str, role: str) -> None:
    """Give a colleague another role and end all their sessions."""
    accounts.change_role(_colleague(name), role, by=None)
    db.session.commit()


@staff_group.command("deactivate")
@click.argument("name")
@says_why
def staff_deactivate(name: str) -> None:
    """Close a colleague's account and end all their sessions."""
    accounts.deactivate(_colleague(name), by=None)
    db.session.commit()


@staff_group.command("second-factor-off")
@click.argument("name")
@says_why
def staff_second_factor_off(name: str) -> None:
    """Ask a colleague for no code any more (phone and recovery codes are lost)."""
    person = _colleague(name)
    second_factor.switch_off(person, by=None)
    accounts.end_sessions(person)
    db.session.commit()
