"""`flask wechat`: is the Official Account bound, and if not, why and what to do."""

import click
from flask.cli import AppGroup
from flask_babel import gettext as _

from app.wechat import abilities, accounts, doctor
from app.wechat.findings import BAD, OK, UNKNOWN, WARN, Finding

wechat_group = AppGroup("wechat", help="The Official Account.")

SIGNS = {OK: "好", WARN: "注意", BAD: "不行", UNKNOWN: "不清楚"}
CAN = {abilities.YES: "能", abilities.NO: "不能", abilities.PERHAPS: "不清楚"}


@wechat_group.command("doctor")
@click.option("--practice", is_flag=True, help="Look at the practice account instead.")
def wechat_doctor(practice: bool) -> None:
    """Check the Official Account as the setup page does; status 1 when something is wrong."""
    report = doctor.look(accounts.practice() if practice else accounts.real())
    for finding in report.findings:
        _say(finding)
    if report.answers:
        click.echo(f"能做什么（{_(abilities.KINDS[report.kind])}）")
    for answer in report.answers:
        one = abilities.BY_NAME[answer.name]
        quota = f"，今天用了 {answer.used} / {answer.limit} 次" if answer.limit else ""
        click.echo(f"  {CAN[answer.can]}\t{_(one.label)}（{_(one.use)}）{quota}")
    if not report.is_well:
        raise click.ClickException("公众号还没有接好，请看上面“不行”的几项。")


def _say(finding: Finding) -> None:
    click.echo(f"{SIGNS[finding.state]}\t{_(finding.label)}：{_(finding.reason, **finding.params)}")
    if finding.cure:
        click.echo(f"\t怎么办：{_(finding.cure, **finding.params)}")
