"""kill -9 of web and worker in the middle of a burst: every acknowledged message is there once."""

from scripts.drill import Drill


def test_no_acknowledged_message_is_lost_or_doubled(house, tmp_path):
    _app, database = house
    count = 200
    found = Drill(tmp_path, count, database.another("drill")).run()
    assert len(found.acknowledged) == count
    assert found.kills >= 1
    assert sorted(found.arrivals) == sorted(f"msg:{key}" for key in found.acknowledged)
    assert len(set(found.messages)) == len(found.messages) == count
    assert (found.left, found.failed) == ([], 0)
