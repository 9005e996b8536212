"""The start-up guard: a wrong setting of a shop in production stops the start with one line."""

from pathlib import Path

import pytest

from app import config, unsafe

KEY = "k3y-9Xq2-Zr7v-Lm4p-Tw8s-Bn6d-Hf1c-Yj5g"
AES = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
GOOD = {
    "SHUKE_ENV": "production", "SECRET_KEY": KEY, "PUBLIC_URL": "https://shop.lin.cn",
    "TRUSTED_PROXIES": "1", "WECHAT_APP_ID": "wx1", "WECHAT_APP_SECRET": "s-e-c-r-e-t",
    "WECHAT_TOKEN": "Q7xT2mZk9", "WECHAT_AES_KEY": AES, "METRICS_TOKEN": "m-9Xq2-Zr7v-Lm4p",
}  # fmt: skip
STATIC = Path(unsafe.__file__).parent / "static" / "media"
WRONG = [
    ("SECRET_KEY", {"SECRET_KEY": ""}),
    ("SECRET_KEY", {"SECRET_KEY": "short"}),
    ("SECRET_KEY", {"SECRET_KEY": "changeme"}),
    ("SECRET_KEY", {"SECRET_KEY": "a" * 40}),
    ("SECRET_KEY", {"SECRET_KEY": "please-changeme-0123456789-abcdefghij"}),
    ("SECRET_KEY", {"SECRET_KEY": "aB3dE6g" * 6}),
    ("SECRET_KEY_FILE", {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/key"}),
    ("PUBLIC_URL", {"PUBLIC_URL": ""}),
    ("PUBLIC_URL", {"PUBLIC_URL": "http://shop.lin.cn", "TRUSTED_PROXIES": "0"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "shop.lin.cn"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "ftp://shop.lin.cn"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://shop.lin.cn/crm"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://boss:pw@shop.lin.cn"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://shop.lin.cn:99999"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://[::1"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://0.0.0.0"}),
    ("PUBLIC_URL", {"PUBLIC_URL": "https://your.domain"}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "9"}),
    ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "-1"}),
    ("HOST", {"PUBLIC_URL": "http://127.0.0.1:8000", "TRUSTED_PROXIES": "0", "HOST": "0.0.0.0"}),  # noqa: S104
    ("PORT", {"PORT": "0"}),
    ("PORT", {"PORT": "http"}),
    ("SHUKE_ENV", {"SHUKE_ENV": "prod"}),
    ("SHUKE_TIME_ZONE", {"SHUKE_TIME_ZONE": "Mars/Base"}),
    ("FLASK_DEBUG", {"FLASK_DEBUG": "1"}),
    ("SHUKE_DEMO_PUBLIC", {"SHUKE_DEMO_PUBLIC": "1"}),
    ("SHUKE_PRACTICE", {"SHUKE_PRACTICE": "yes"}),
    ("WECHAT_AES_KEY", {"WECHAT_AES_KEY": ""}),
    ("WECHAT_AES_KEY", {"WECHAT_AES_KEY": AES[:-1]}),
    ("WECHAT_AES_KEY_PREVIOUS", {"WECHAT_AES_KEY_PREVIOUS": "short"}),
    ("WECHAT_TOKEN", {"WECHAT_TOKEN": ""}),
    ("WECHAT_TOKEN", {"WECHAT_TOKEN": "weixin"}),
    ("WECHAT_TOKEN", {"WECHAT_TOKEN": "no token, this"}),
    ("WECHAT_APP_ID", {"WECHAT_APP_ID": ""}),
    ("WECHAT_APP_SECRET", {"WECHAT_APP_SECRET": ""}),
    ("WECHAT_API_BASE", {"WECHAT_API_BASE": "http://api.elsewhere.cn"}),
    ("WECHAT_OPEN_BASE", {"WECHAT_OPEN_BASE": "http://open.elsewhere.cn"}),
    ("METRICS_TOKEN", {"METRICS_TOKEN": "short"}),
    ("METRICS_TOKEN", {"METRICS_TOKEN": KEY}),
    ("WECHAT_APP_SECRET", {"WECHAT_APP_SECRET": KEY}),
    ("DATABASE_URL", {"DATABASE_URL": "what is this"}),
    ("DATABASE_URL", {"DATABASE_URL": "mysql://shop@localhost/shop"}),
    ("DATABASE_URL", {"DATABASE_URL": "sqlite://"}),
    ("DATABASE_URL", {"DATABASE_URL": "sqlite:///shop.db"}),
    ("DATABASE_URL", {"DATABASE_URL": "postgresql+psycopg://shop:postgres@db/shop"}),
    ("MEDIA_ROOT", {"MEDIA_ROOT": str(STATIC)}),
]


def read(folder, **values):
    return config.read({"SHUKE_INSTANCE": str(folder), **GOOD, **values})


def refusal(folder, **values):
    with pytest.raises(config.Unsafe) as stopped:
        read(folder, **values)
    return str(stopped.value)


def test_a_good_shop_opens_without_a_word_but_roots(tmp_path):
    assert [line for line in read(tmp_path).warnings if "root" not in line] == []


def test_there_are_many_ways_to_be_wrong():
    assert len(WRONG) >= 30


@pytest.mark.parametrize(
    ("name", "values"), WRONG, ids=[f"{n}-{i}" for i, (n, _v) in enumerate(WRONG)]
)
def test_a_wrong_setting_stops_the_start_with_one_line(tmp_path, name, values):
    said = refusal(tmp_path, **values).splitlines()
    assert [line for line in said if line.startswith(name)], said
    assert len(said) == 1


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    said = refusal(tmp_path, SECRET_KEY="", PUBLIC_URL="", WECHAT_AES_KEY="", METRICS_TOKEN="x")
    assert len(said.splitlines()) == 4


def test_no_refusal_tells_a_secret(tmp_path):
    said = refusal(
        tmp_path, SECRET_KEY="hunter2hunter2", WECHAT_TOKEN="not a token", METRICS_TOKEN="tiny"
    )
    for secret in ("hunter2", "not a token", "tiny"):
        assert secret not in said


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_a_folder_that_others_can_read_stops_the_start(tmp_path, mode):
    tmp_path.chmod(mode)
    assert refusal(tmp_path).startswith("SHUKE_INSTANCE")


@pytest.mark.parametrize("name", ["shuke.db", "secret_key", "setup_code"])
def test_a_file_that_others_can_read_stops_the_start(tmp_path, name):
    (tmp_path / name).write_text("x")
    (tmp_path / name).chmod(0o644)
    assert str(tmp_path / name) in refusal(tmp_path)
    (tmp_path / name).chmod(0o600)
    read(tmp_path)


def test_media_that_others_can_read_stops_the_start(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    folder.chmod(0o755)
    assert refusal(tmp_path, MEDIA_ROOT=str(folder)).startswith("MEDIA_ROOT")


def test_sqlite_on_a_network_share_stops_the_start(tmp_path, monkeypatch):
    monkeypatch.setattr(unsafe, "_file_system", lambda _path: "nfs4")
    assert "network share" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "0"}),
        ("SHUKE_PRACTICE", {"SHUKE_PRACTICE": "1"}),
        ("WECHAT_AES_KEY_PREVIOUS", {"WECHAT_AES_KEY_PREVIOUS": AES}),
        ("WECHAT_API_BASE", {"WECHAT_API_BASE": "http://127.0.0.1:9"}),
        ("HOST", {"HOST": "0.0.0.0"}),  # noqa: S104
    ],
)
def test_what_is_odd_is_said_and_the_shop_opens(tmp_path, word, values):
    assert [line for line in read(tmp_path, **values).warnings if line.startswith(word)]


def test_a_shop_for_this_machine_alone_needs_no_https(tmp_path):
    here = read(tmp_path, PUBLIC_URL="http://127.0.0.1:8000", TRUSTED_PROXIES="0")
    assert not here.is_public
    assert read(tmp_path).is_public


def test_tests_listen_on_this_machine_alone(tmp_path):
    with pytest.raises(config.Unsafe, match="testing"):
        config.read({"SHUKE_INSTANCE": str(tmp_path), "SHUKE_ENV": "testing", "HOST": "0.0.0.0"})  # noqa: S104
