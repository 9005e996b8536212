"""The seams of the fault drills: they do what a drill asks, once, and nothing without one."""

import signal
from datetime import timedelta

import pytest

from app import config
from app.core import clock, seams


@pytest.fixture
def orders(tmp_path, monkeypatch):
    seams.set_up(tmp_path)
    yield tmp_path
    seams.set_up(None)


@pytest.fixture
def killed(monkeypatch):
    signs = []
    monkeypatch.setattr("os.kill", lambda _process, sign: signs.append(sign))
    return signs


def test_a_process_ends_itself_at_the_point_that_was_asked_for_and_once(orders, killed):
    (orders / "letter.sending").touch()
    seams.crash_point("letter.carried")
    assert killed == []
    seams.crash_point("letter.sending")
    seams.crash_point("letter.sending")
    assert killed == [signal.SIGKILL]


def test_without_a_drill_no_point_does_anything(killed):
    seams.crash_point("letter.sending")
    assert killed == []


def test_the_clock_is_wrong_by_what_the_drill_says(app, orders):
    assert abs(clock.now() - clock.system_now()) < timedelta(seconds=5)
    (orders / "clock").write_text("-86400")
    assert abs(clock.now() - clock.system_now() + timedelta(days=1)) < timedelta(seconds=5)
    (orders / "clock").write_text("")  # just being written
    assert abs(clock.now() - clock.system_now()) < timedelta(seconds=5)


def test_a_shop_in_use_takes_no_orders_from_drills(tmp_path):
    asked = {"SHUKE_INSTANCE": str(tmp_path), "SHUKE_FAULTS": str(tmp_path / "f")}
    with pytest.raises(config.Unsafe, match="SHUKE_FAULTS"):
        config.read({**asked, "SHUKE_ENV": "production"})
    assert config.read({**asked, "SHUKE_ENV": "demo"}).faults == tmp_path / "f"
