"""Settings of the machine: the environment, `.env`, and files for secrets. Wrong ones stop us."""

import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values

from app import unsafe

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("demo", "production", "testing")
LOOPBACK = unsafe.LOOPBACK
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Unsafe(Exception):
    """The settings would make an unsafe or broken server; one clear line each."""


@dataclass(frozen=True)
class WeChatSettings:
    app_id: str = ""
    secret: str = ""
    token: str = ""
    aes_key: str = ""
    aes_key_previous: str = ""
    api_base: str = ""
    open_base: str = ""


@dataclass(frozen=True)
class MailSettings:
    url: str = ""  # smtp://user:pass@host:587?starttls=1
    sender: str = ""


@dataclass(frozen=True)
class WeComSettings:
    corp_id: str = ""
    secret: str = ""
    agent_id: str = ""
    api_base: str = ""


@dataclass(frozen=True)
class Settings:
    env: str
    instance: Path
    database_url: str
    secret_key: str
    host: str
    port: int
    public_url: str
    trusted_proxies: int
    media_root: Path
    practice: bool
    metrics_token: str
    backup_passphrase: str
    time_zone: ZoneInfo
    wechat: WeChatSettings = field(default_factory=WeChatSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    wecom: WeComSettings = field(default_factory=WeComSettings)
    warnings: tuple[str, ...] = ()  # what the start says and does not stop at
    faults: Path | None = None  # where the fault drills leave their orders (app/core/seams.py)
    zone_given: bool = False  # the environment names the time zone: no page may change it

    @property
    def is_public(self) -> bool:
        """Whether others than this machine reach us: a shop that has opened, at a real address."""
        return self.env == "production" and self.has_address

    @property
    def has_address(self) -> bool:
        """Whether PUBLIC_URL names something that a stranger's telephone could open."""
        return urlsplit(self.public_url).hostname not in (None, *LOOPBACK)

    @property
    def address(self) -> str:
        """Where people reach us: what links begin with. Never what a request says of itself."""
        return self.public_url or self.local_url

    @property
    def local_url(self) -> str:
        """Where our own web server answers on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104 - compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def read(environ: dict[str, str] | None = None) -> Settings:
    """Read all settings; raise `Unsafe` with one line for each that must not be so."""
    values = _merged() if environ is None else environ
    instance = Path(values.get("SHUKE_INSTANCE") or ROOT / "instance").resolve()
    env = values.get("SHUKE_ENV") or "demo"
    wrong: list[str] = []
    if env not in ENVIRONMENTS:
        wrong.append(f"SHUKE_ENV is {env!r}: use one of {', '.join(ENVIRONMENTS)}.")
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret_key = _secret(values, "SECRET_KEY")
    settings = Settings(
        env=env,
        instance=instance,
        database_url=_secret(values, "DATABASE_URL") or f"sqlite:///{instance / 'shuke.db'}",
        secret_key=secret_key or _kept_key(instance),
        host=values.get("HOST", "127.0.0.1"),
        port=_number(values, "PORT", 8000, wrong),
        public_url=values.get("PUBLIC_URL", "").rstrip("/"),
        trusted_proxies=_number(values, "TRUSTED_PROXIES", 0, wrong),
        media_root=Path(values.get("MEDIA_ROOT") or instance / "media").resolve(),
        practice=values.get("SHUKE_PRACTICE", "0" if env == "production" else "1") == "1",
        metrics_token=_secret(values, "METRICS_TOKEN"),
        backup_passphrase=_secret(values, "BACKUP_PASSPHRASE"),
        time_zone=_zone(values, wrong),
        wechat=_wechat(values),
        mail=MailSettings(_secret(values, "SMTP_URL"), values.get("MAIL_FROM", "")),
        wecom=_wecom(values),
        faults=Path(values["SHUKE_FAULTS"]) if values.get("SHUKE_FAULTS") else None,
        zone_given=bool(values.get("SHUKE_TIME_ZONE")),
    )
    values = {**values, "SECRET_KEY": secret_key}
    wrong += unsafe.faults(settings, values)
    if wrong:
        raise Unsafe("\n".join(wrong))
    return replace(settings, warnings=tuple(unsafe.warnings(settings)))


def _merged() -> dict[str, str]:
    from_file = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    return {**from_file, **os.environ}


def _secret(values: dict[str, str], name: str) -> str:
    """A value, or the text of the file that NAME_FILE points at."""
    path = values.get(f"{name}_FILE")
    if path and not values.get(name):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unsafe(f"{name}_FILE: {path} cannot be read ({error.strerror}).") from error
    return values.get(name, "")


def _number(values: dict[str, str], name: str, default: int, wrong: list[str]) -> int:
    text = values.get(name, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        wrong.append(f"{name} is {text!r}: use a whole number from 0 to 65535.")
        return default
    return int(text)


def _zone(values: dict[str, str], wrong: list[str]) -> ZoneInfo:
    name = values.get("SHUKE_TIME_ZONE")
    try:
        return ZoneInfo(name) if name else SHANGHAI
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append(f"SHUKE_TIME_ZONE is {name!r}: use a name like Asia/Shanghai.")
        return SHANGHAI


def _kept_key(instance: Path) -> str:
    """The key of this installation: made once, readable by its owner alone."""
    path = instance / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


def _wechat(values: dict[str, str]) -> WeChatSettings:
    return WeChatSettings(
        app_id=values.get("WECHAT_APP_ID", ""),
        secret=_secret(values, "WECHAT_APP_SECRET"),
        token=_secret(values, "WECHAT_TOKEN"),
        aes_key=_secret(values, "WECHAT_AES_KEY"),
        aes_key_previous=_secret(values, "WECHAT_AES_KEY_PREVIOUS"),
        api_base=values.get("WECHAT_API_BASE", "").rstrip("/"),
        open_base=values.get("WECHAT_OPEN_BASE", "").rstrip("/"),
    )


def _wecom(values: dict[str, str]) -> WeComSettings:
    return WeComSettings(
        corp_id=values.get("WECOM_CORP_ID", ""),
        secret=_secret(values, "WECOM_SECRET"),
        agent_id=values.get("WECOM_AGENT_ID", ""),
        api_base=values.get("WECOM_API_BASE", "").rstrip("/"),
    )
