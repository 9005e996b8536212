"""The owner's page of how everything is doing, and who hears when it is not."""

import shutil
from collections import namedtuple
from datetime import timedelta

import pytest

from app.core import alarms, conditions, jobs, mail_server, vault, worker
from app.core.backup.models import DONE, FAILED, NIGHTLY, Backup
from app.core.clock import now
from app.core.db import db
from app.core.jobs import Job
from app.core.outbox import Letter
from app.core.settings import declared
from app.home import status, telling
from app.home.views import status as status_page
from app.staff import second_factor
from app.staff.models import AuditLine, Book
from app.timetable import TIMETABLE
from app.wechat.models import AccessToken, Arrival
from tests import make

Disk = namedtuple("Disk", "free")


def job(state="failed", lane="long", minutes=0, **more):
    new = Job(name="quiet.detect", args=[], lane=lane, state=state, tries=5, finished_at=now(),
              error="Traceback\nValueError: broken pipe", run_at=now() - timedelta(minutes=minutes),
              **more)  # fmt: skip
    db.session.add(new)
    db.session.commit()
    return new


def letter(state="unknown", **more):
    new = Letter(channel="wechat", account="wxshop", to="o-lin-0001", body={"text": "在的"}, **more)
    new.state, new.settled_at, new.reason = state, now(), "连不上微信，稍后会自动再发"
    db.session.add(new)
    db.session.commit()
    return new


def level(name):
    return {one.name: one.level for one in conditions.all_of_them()}[name]


def page(browser, who):
    return browser.as_(who).get("/settings/status")


def test_a_healthy_shop_is_well(app):
    worker.beat("w1")
    told = {one.name: one.level for one in conditions.all_of_them()}
    assert told.pop("backup") == "poor"  # none yet
    assert set(told.values()) == {"well"}


def backup(hours, state=DONE):
    made = now() - timedelta(hours=hours)
    new = Backup(kind=NIGHTLY, state=state, file="x", verified_at=made, finished_at=made, size=1,
                 rows=1, media=0, sealed=False, fault="", fault_params={})  # fmt: skip
    new.created_at = made
    db.session.add(new)
    db.session.commit()


def test_a_backup_that_is_fresh_is_well_and_one_that_failed_or_is_old_is_ill(app):
    backup(40)
    assert level("backup") == "ill"
    backup(5)
    assert level("backup") == "well"
    backup(1, FAILED)
    assert level("backup") == "ill"


def test_a_silent_worker_is_ill(app):
    assert level("worker") == "ill"


@pytest.mark.parametrize(("lane", "minutes", "said"), [
    ("arrivals", 1, "well"), ("arrivals", 3, "ill"), ("network", 3, "well"), ("network", 6, "ill"),
    ("long", 30, "well"), ("long", 61, "ill"),
])  # fmt: skip
def test_each_lane_has_its_own_patience(app, lane, minutes, said):
    job("queued", lane, minutes)
    assert level(f"lane.{lane}") == said


def test_what_waits_for_its_time_is_no_backlog(app):
    job("queued", "arrivals", -30)
    assert level("lane.arrivals") == "well"


@pytest.mark.parametrize(("free", "said"), [
    (10 * 2**30, "well"), (2**30, "poor"), (100 * 2**20, "ill"),
])  # fmt: skip
def test_the_disk_is_told_before_it_is_full(app, monkeypatch, free, said):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Disk(free))
    assert level("disk") == said


def test_a_book_with_a_fault_is_ill(app, chief):
    db.session.execute(db.update(Book).values(fault="x", fault_line=7))
    db.session.commit()
    assert level("books") == "ill"


def test_a_clock_behind_its_own_past_is_ill(app, at):
    at("2026-11-22 10:00")
    worker.beat("w1")
    at("2026-11-22 09:00")
    assert level("clock") == "ill"


def test_a_clock_apart_from_the_platforms_is_ill(app, phone):
    def came(behind):
        for n in range(5):
            own, stamp = f"{behind}-{n}", int(now().timestamp()) - behind
            new = Arrival(account="wxshop", key=own, openid="o", raw="", stamp=stamp, nonce=own)
            db.session.add(new)
        db.session.commit()

    came(1)
    assert level("clock.wechat") == "well"
    came(400)
    assert level("clock.wechat") == "ill"


def test_a_token_that_does_not_come_is_ill_until_one_does(app, platform):
    row = AccessToken(account=platform.account.app_id, fault="IP 不在白名单里")
    db.session.add(row)
    db.session.commit()
    name = f"token.{platform.account.app_id}"
    assert level(name) == "ill"
    row.fault, row.good_until = "", now() + timedelta(hours=1)
    db.session.commit()
    assert level(name) == "well"


def test_the_page_names_all_of_it(browser, chief):
    worker.beat("w1")
    job()
    letter()
    text = page(browser, chief).text
    for words in ("后台程序", "收微信的队列", "硬盘", "时钟", "找出变安静的客户", "broken pipe",
                  "结果不明", "w1", "有问题"):  # fmt: skip
        assert words in text, words
    assert "o-lin-0001" not in text
    assert "在的" not in text


def test_failed_work_is_seen_by_managers_and_retried_by_the_owner(browser, chief, max_, amy):
    failed = job(crashes=3)
    assert "找出变安静的客户" in page(browser, max_).text
    assert page(browser, amy).status_code == 403
    assert browser.as_(max_).post(f"/settings/jobs/{failed.id}/retries").status_code == 403
    assert browser.as_(chief).post(f"/settings/jobs/{failed.id}/retries").status_code == 303
    db.session.refresh(failed)
    assert (failed.state, failed.tries, failed.crashes) == ("queued", 0, 0)
    assert browser.as_(chief).post(f"/settings/jobs/{failed.id}/retries").status_code == 404


def test_a_doubtful_letter_is_decided_here(browser, chief, max_):
    one, other = letter(), letter("failed")
    owner = browser.as_(chief)
    assert browser.as_(max_).post(f"/settings/status/letters/{one.id}/delivery").status_code == 403
    assert owner.post(f"/settings/status/letters/{one.id}/delivery").status_code == 303
    assert owner.post(f"/settings/status/letters/{other.id}/resend").status_code == 303
    db.session.refresh(one)
    db.session.refresh(other)
    assert (one.state, other.state) == ("sent", "queued")
    told = db.session.scalars(db.select(AuditLine.what)).all()
    assert {"letters.delivered", "letters.resent"} <= set(told)
    assert owner.post(f"/settings/status/letters/{one.id}/resend").status_code == 404
    assert owner.post(f"/settings/status/letters/{other.id}/delivery").status_code == 404


def test_today_tells_the_owner_of_an_alarm_and_nobody_else(browser, chief, amy):
    worker.beat("w1")
    words = "熟客的运行出了问题"
    assert words not in browser.as_(chief).get("/").text
    job()
    alarms.look.run()
    db.session.commit()
    assert words in browser.as_(chief).get("/").text
    assert words not in browser.as_(amy).get("/").text
    assert "没做成的任务" in page(browser, chief).text


@pytest.fixture
def post_office(app, monkeypatch):
    monkeypatch.setattr(status, "_database_clock", now)  # a test moves our clock alone
    monkeypatch.setattr(mail_server, "server", lambda: object())
    declared["alarms.mail_to"].put("boss@example.com")
    db.session.commit()


def test_an_alarm_goes_out_by_mail_once_for_each_change(post_office, at):
    def letters():
        found = db.session.scalars(db.select(Letter).order_by(Letter.id)).all()
        return [one.body["params"]["change"] for one in found if one.channel == "email"]

    at("2026-11-22 10:00")
    failed = job()
    for moment in ("2026-11-22 10:00", "2026-11-22 10:05", "2026-11-23 10:10"):
        at(moment)
        worker.beat("w1")
        alarms.look.run()
        db.session.commit()
    assert letters() == ["raised", "reminded"]
    db.session.delete(failed)
    alarms.look.run()
    db.session.commit()
    assert letters() == ["raised", "reminded", "cleared"]


def test_without_an_address_or_a_server_no_letter_is_written(app):
    job()
    alarms.look.run()
    db.session.commit()
    assert db.session.scalars(db.select(Letter).where(Letter.channel == "email")).all() == []


def test_an_address_that_is_none_is_refused_at_its_field(browser, chief):
    answer = browser.as_(chief).post("/settings/values/alarms.mail_to", value="no address")
    assert answer.status_code == 422
    assert telling.MAIL_TO() == ""


def test_every_sentence_of_a_condition_is_filled(app, amy):
    make.customer("王芳", owner=amy)
    for one in status.conditions():
        assert one.says % one.params if one.params else one.says


def test_every_job_has_a_name_that_a_shop_reads(app):
    assert TIMETABLE  # brings the jobs of the clock along
    ours = {n for n, one in jobs.tasks.items() if one.run.__module__.startswith("app.")}
    assert ours == set(status_page.JOBS)


def test_each_part_that_is_ill_leads_to_where_it_is_mended(app, browser, chief):
    backup(40)
    letter()
    shown = page(browser, chief).text
    assert 'href="/settings/backups"' in shown
    assert 'href="#letters"' in shown
    for start in status_page.MENDED:
        to = status_page.MENDED[start]
        assert to.startswith("#") or to.partition("/")[0] in app.view_functions


def test_a_backup_of_this_hour_is_not_said_to_be_zero_hours_old(app, browser, chief):
    backup(0)
    assert "刚备份过" in page(browser, chief).text


# Another SECRET_KEY -------------------------------------------------------------------------------


@pytest.fixture
def another_key(app, monkeypatch, chief):
    """Secrets were typed; then the server was started with another key."""
    for name in ("wechat.secret", "wechat.token", "mail.password"):
        vault.put(name, "a secret")
    second_factor.begin(chief)
    db.session.commit()
    monkeypatch.setitem(app.config, "SECRET_KEY", "another" * 8)


def test_another_key_is_noticed_and_says_what_to_type_again(app, browser, chief, another_key):
    said = {one.name: one.says % one.params for one in conditions.all_of_them()}
    assert "AppSecret、Token" in said["sealed.wechat"]
    assert "设置 › 邮件" in said["sealed.mail"]
    assert "1 位同事" in said["sealed.people"]
    front = browser.as_(chief).get("/").text
    assert "SECRET_KEY 换过了" in front
    shown = page(browser, chief).text
    for url in ("/settings/wechat", "/settings/mail", "/settings/colleagues"):
        assert f'href="{url}"' in shown
    vault.put("wechat.secret", "typed again")
    vault.put("wechat.token", "typed again")
    db.session.commit()
    assert "sealed.wechat" not in {one.name for one in conditions.all_of_them()}


def test_only_who_can_mend_it_reads_of_another_key(app, browser, amy, another_key):
    assert "SECRET_KEY" not in browser.as_(amy).get("/").text


def test_with_the_right_key_nothing_is_said(app, browser, chief):
    vault.put("mail.password", "a secret")
    db.session.commit()
    assert level("sealed") == "well"
    assert "SECRET_KEY" not in browser.as_(chief).get("/").text
