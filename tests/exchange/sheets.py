"""Files as shops make them, for the tests of the import."""

import csv
import io

import openpyxl

from app.core.db import db
from app.exchange import importing, reading, uploads, working
from app.exchange.models import RUNNING, ImportRun


def csv_bytes(rows, encoding="utf-8"):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_bytes(sheets):
    """sheets: {name: rows}."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def begun(content, filename="shop.csv", by=None):
    """A run whose columns are guessed, ready to work."""
    path, digest = uploads.keep(io.BytesIO(content))
    sheets = reading.look(uploads.where(path), filename)
    run = importing.start(filename, path, digest, sheets, by=by)
    db.session.commit()
    return run


def tried(content, filename="shop.csv"):
    run = begun(content, filename)
    working.try_rows(run)
    return run


def imported(content, filename="shop.csv", by=None):
    """The file of these bytes, imported to the end."""
    run = begun(content, filename, by=by)
    run.state = RUNNING
    db.session.commit()
    working.take_rows(run)
    return run


def reasons(run):
    return [(p.line, p.reason % p.params) for p in importing.problems(run)]


def counts(run):
    fresh = db.session.get_one(ImportRun, run.id, populate_existing=True)
    return {name: getattr(fresh, name) for name in working.COUNTS if getattr(fresh, name)}
