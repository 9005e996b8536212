"""The application as servers and commands find it."""

import subprocess
import sys

from scripts.benching.shop import ROOT

ASKED = "import wsgi, gc; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"


def test_what_a_program_is_made_of_is_never_looked_through_for_garbage(tmp_path):
    environ = {"SHUKE_INSTANCE": str(tmp_path), "SHUKE_ENV": "demo", "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", ASKED], env=environ, cwd=tmp_path, capture_output=True, check=True
    )
    assert told.stdout.split() == [b"True", b"True"]
