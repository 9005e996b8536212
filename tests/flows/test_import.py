"""A shop's own Excel on the command line, and kill -9 in the middle of it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from app.config import ROOT
from app.core.db import db, reading
from app.customers.models import Customer, Identity
from app.exchange.models import ImportRun
from app.sales.models import Order
from tests.exchange.sheets import csv_bytes

ROWS = 300


@pytest.fixture
def shell(house, app):
    """Start `flask …` in a process of its own, on this test's database."""
    _app, database = house
    environment = {
        **os.environ,
        **database.environment(),
        "SHUKE_ENV": "testing",
        "FLASK_APP": "wsgi",
    }

    started = []

    def start(*words):
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", *map(str, words)], cwd=ROOT, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def done_rows():
    with reading():  # a writer's lock of ours would stop the import
        db.session.commit()
        found = db.session.scalar(db.select(db.func.max(ImportRun.rows))) or 0
        db.session.commit()
    return found


def table(count):
    rows = [["姓名", "手机", "消费日期", "金额", "商品"]]
    rows += [[f"客人{i}", f"1380013{i:04d}", "2026-05-01", "66", "茶"] for i in range(count)]
    return csv_bytes(rows, "gb18030")


def test_an_import_killed_in_the_middle_goes_on_and_doubles_nothing(shell, tmp_path):
    file = tmp_path / "客户.csv"
    file.write_bytes(table(ROWS))
    for reached in (60, 160):
        process = shell("customers", "import", file)
        while done_rows() < reached:
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert 160 <= done_rows() < ROWS
    out, err = shell("customers", "import", file).communicate(timeout=60)
    assert (out.strip(), err) == (
        f"导入 {ROWS} 行：新建客户 {ROWS}，补全 0，消费 {ROWS} 笔（另有 0 笔以前导过），"
        "没有变化 0 行，退回 0 行",
        "",
    )
    db.session.commit()
    for model in (Customer, Order, Identity):
        assert db.session.scalar(db.select(db.func.count()).select_from(model)) == ROWS
    assert db.session.scalar(db.select(db.func.count()).select_from(ImportRun)) == 1


@pytest.fixture
def run(app, tmp_path):
    """Call `flask customers import` in this process."""

    def call(content, *options, name="shop.csv"):
        file = tmp_path / name
        file.write_bytes(content)
        return app.test_cli_runner().invoke(args=["customers", "import", str(file), *options])

    return call


def test_the_command_says_what_it_did_and_which_rows_it_refused(run):
    found = run(csv_bytes([["姓名", "手机"], ["王芳", "13800130001"], ["李强", "123"]]))
    assert found.exit_code == 0
    assert "新建客户 1" in found.stdout
    assert "退回 1 行" in found.stdout
    assert "第 3 行：“123”不是电话号码" in found.stderr


def test_a_dry_run_on_the_command_line_changes_nothing(run):
    found = run(csv_bytes([["姓名"], ["王芳"]]), "--dry-run")
    assert "试导 1 行：新建客户 1" in found.stdout
    assert db.session.scalar(db.select(Customer.id)) is None


def test_a_column_is_mapped_by_hand(run):
    found = run(
        csv_bytes([["主顾", "号"], ["王芳", "13800130001"]]),
        "--map",
        "主顾=name",
        "--map",
        "号=手机",
    )
    assert found.exit_code == 0, found.stderr
    assert db.session.scalars(db.select(Identity.value)).all() == ["+8613800130001"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "主顾"], "写成 列名=字段"),
        (["--map", "主顾=什么"], "字段有"),
        (["--map", "没有=name"], "没有“没有”这一列"),
        ([], "至少勾选"),
    ],
)
def test_a_mapping_that_cannot_be_is_one_clear_line(run, options, said):
    found = run(csv_bytes([["主顾"], ["王芳"]]), *options)
    assert found.exit_code == 1
    assert said in found.stderr
    assert "Traceback" not in found.output


def test_a_broken_file_is_one_clear_line(run):
    found = run(b"PK\x03\x04 cut", name="shop.xlsx")
    assert found.exit_code == 1
    assert "坏了" in found.stderr
