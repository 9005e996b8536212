"""Where a customer of ours, in WeChat, reaches a page of the shop."""

from flask import current_app

from app.config import Settings
from app.wechat import accounts


def base_of(app_id: str) -> str:
    """The shop's public address; a practice phone is on this machine and needs none."""
    settings: Settings = current_app.config["SHUKE"]
    if settings.has_address:
        return settings.public_url
    account = accounts.get(app_id)
    return settings.local_url if account and account.practice else ""
