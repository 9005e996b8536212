"""Making tables anew: what points at them is looked at, where anything was done."""

import pytest
from sqlalchemy import create_engine

from app.core import schema
from app.core.errors import Refused


@pytest.fixture
def line(tmp_path):
    """A database in which a row of `child` points at no row of `parent`."""
    engine = create_engine(f"sqlite:///{tmp_path / 'loose.db'}")
    with engine.connect() as line:
        line.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        line.exec_driver_sql("CREATE TABLE child (id INTEGER, of INTEGER REFERENCES parent)")
        line.exec_driver_sql("INSERT INTO child VALUES (1, 7)")
        line.commit()
        yield line
    engine.dispose()


def test_a_change_that_leaves_a_row_pointing_at_nothing_is_taken_back(line):
    with pytest.raises(Refused), schema.rebuilding(line):
        line.exec_driver_sql("INSERT INTO child VALUES (2, 8)")
    assert line.exec_driver_sql("SELECT count(*) FROM child").scalar_one() == 1


def test_where_nothing_is_done_nothing_is_looked_through(line):
    with schema.rebuilding(line):
        line.exec_driver_sql("SELECT * FROM child")
    assert line.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
