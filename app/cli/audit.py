"""`flask audit`: are the books of what was done and who looked whole?"""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.core.errors import N_
from app.staff import chain, proving, seals

audit_group = AppGroup("audit", help="The books of what was done and of who looked.")

NAMES = {"audit": N_("操作记录"), "access": N_("查看记录")}


@audit_group.command("verify")
def verify() -> None:
    """Prove both books line by line; name the first bad line of each, with status 1."""
    faults = []
    for name in chain.BOOKS:
        found = proving.prove(name)
        if found.fault:
            faults.append(f"{_(NAMES[name])}：{_(found.fault, line=found.line)}")
        else:
            struck = f"（其中 {found.struck} 行随演示数据清空）" if found.struck else ""
            click.echo(f"{_(NAMES[name])}：{found.lines} 行，完整{struck}")
        if found.warning == seals.OTHER_KEY:
            faults.append(f"{_(NAMES[name])}：{_(found.warning)}")
        elif found.warning:
            click.echo(f"{_(NAMES[name])}：{_(found.warning)}", err=True)
    if faults:
        raise click.ClickException("\n".join(faults))


@audit_group.command("seal")
def seal() -> None:
    """Seal the books as they are, also after a change of SECRET_KEY. Prove them first."""
    faults = [name for name in chain.BOOKS if proving.prove(name).fault]
    if faults:
        raise click.ClickException("账本有问题，先用 flask audit verify 查清楚再封存。")
    seals.put(anew=True)
    click.echo("封存好了。")
