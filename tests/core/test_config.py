"""Settings of the machine: sensible without a word, refused when unsafe."""

import pytest

from app import config

HERE = "http://127.0.0.1:8000"
GOOD_KEY = "k3y-9Xq2-Zr7v-Lm4p-Tw8s-Bn6d-Hf1c-Yj5g"


def read(folder, **values):
    return config.read({"SHUKE_INSTANCE": str(folder), **values})


def test_without_a_word_it_is_a_demo_on_this_machine_alone(tmp_path):
    settings = read(tmp_path)
    assert (settings.env, settings.host, settings.port) == ("demo", "127.0.0.1", 8000)
    assert settings.database_url.startswith("sqlite:///")


def test_a_key_is_made_once_and_kept_for_its_owner_alone(tmp_path):
    first, second = read(tmp_path), read(tmp_path)
    assert first.secret_key == second.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", ["", "short", "changeme", "a" * 40, "dev"])
def test_production_wants_a_key_of_its_own(tmp_path, key):
    with pytest.raises(config.Unsafe, match="SECRET_KEY"):
        read(tmp_path, SHUKE_ENV="production", SECRET_KEY=key)


def test_production_starts_with_a_good_key(tmp_path):
    settings = read(tmp_path, SHUKE_ENV="production", SECRET_KEY=GOOD_KEY, PUBLIC_URL=HERE)
    assert not settings.practice


def test_a_secret_may_stand_in_a_file(tmp_path):
    (tmp_path / "key").write_text(GOOD_KEY + "\n")
    file = str(tmp_path / "key")
    settings = read(tmp_path, SHUKE_ENV="production", SECRET_KEY_FILE=file, PUBLIC_URL=HERE)
    assert settings.secret_key == GOOD_KEY
    with pytest.raises(config.Unsafe, match="SECRET_KEY_FILE"):
        read(tmp_path, SECRET_KEY_FILE=str(tmp_path / "missing"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "shop.example"])  # noqa: S104
def test_the_demo_stays_on_this_machine_unless_told(tmp_path, host):
    with pytest.raises(config.Unsafe, match="SHUKE_DEMO_PUBLIC"):
        read(tmp_path, HOST=host)
    assert read(tmp_path, HOST=host, SHUKE_DEMO_PUBLIC="1").host == host


@pytest.mark.parametrize("values", [{"PORT": "x"}, {"PORT": "99999"}, {"SHUKE_ENV": "prod"}])
def test_what_is_wrong_is_said_in_one_line(tmp_path, values):
    with pytest.raises(config.Unsafe, match=next(iter(values))):
        read(tmp_path, **values)
