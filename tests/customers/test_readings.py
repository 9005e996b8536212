"""How characters are read: what the file says is what the library knows."""

from app.customers import readings
from scripts.readings import FILE, known, read


def test_the_file_is_what_the_library_knows():
    assert FILE.read_text(encoding="utf-8") == known()


def test_every_character_is_read_as_the_library_reads_it():
    characters = [c for line in known().splitlines() for c in line.partition("\t")[2]]
    assert len(characters) > 20_000
    assert [c for c in characters if list(readings.of(c)) != read(c)] == []


def test_what_is_no_chinese_character_has_no_reading():
    assert [c for c in "a1あ한€\U0001f600\uffff\0" if readings.of(c)] == []
