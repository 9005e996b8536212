"""Two web servers and two workers on one PostgreSQL, one of each killed and left dead."""

import pytest

from scripts import drill_nodes


def test_the_other_node_goes_on_and_nothing_is_lost_or_doubled(house, tmp_path):
    _app, database = house
    url = database.another("nodes")
    if not url:
        pytest.skip("one SQLite file belongs to one machine")
    drill = drill_nodes.run(tmp_path, 120, url)
    found = drill.result
    assert set(drill.killed) == {"serve a", "worker a"}
    assert len(found.acknowledged) == len(found.arrivals) == 120
    assert len(set(found.messages)) == len(found.messages) == 120
    assert (found.left, found.failed) == ([], 0)
