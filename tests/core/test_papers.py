"""A document is what its content says, and is called so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.papers import called, endings_of
from tests.media import AMR, FILM, HTML, SVG, picture

GB = "报价单，含税".encode("gb18030")


@pytest.mark.parametrize(
    ("head", "ending"),
    [
        (b"%PDF-1.7 x", "pdf"), (b"PK\x03\x04 x", "zip"), (b"Rar!\x1a\x07\x00", "rar"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"), (picture(), "png"), (AMR, "amr"),
        (FILM, "mp4"), ("价目表\n一 1".encode(), "txt"), (GB, "txt"),
        ("称呼,价".encode()[:-1], "txt"),
    ],
)  # fmt: skip
def test_a_document_is_known_by_its_beginning(head, ending):
    assert endings_of(head)[0] == ending


@pytest.mark.parametrize(
    "head", [b"", b" \n", SVG, HTML, b"\xef\xbb\xbf <html>", b"MZ\x90\0", b"#!/bin/sh\n", b"a\0b",
             b"\x7fELF\x02", b"\xff\xfe\xfd\xfc\xfb\xfa\xf9"],
)  # fmt: skip
def test_programs_and_pages_are_no_documents(head):
    assert endings_of(head) == ()


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("报价.PDF", "报价.pdf"), ("../../报价.pdf", "报价.pdf"), ("C:\\a\\报价.pdf", "报价.pdf"),
        ("报价.exe", "报价.exe.pdf"), ("", "file.pdf"), (".pdf", "pdf.pdf"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("长" * 300 + ".pdf", "长" * 80 + ".pdf"), ("a\r\nb.pdf", "ab.pdf"),
    ],
)  # fmt: skip
def test_its_name_is_kept_and_its_ending_is_true(name, becomes):
    assert called(name, ("pdf",)) == becomes


@given(st.text(max_size=120), st.sampled_from([("pdf",), ("zip", "docx")]))
def test_no_name_leaves_its_folder_or_its_line(name, endings):
    found = called(name, endings)
    assert "/" not in found
    assert "\\" not in found
    assert found.isprintable()
    assert found.rpartition(".")[2] in endings
