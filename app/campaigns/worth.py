"""What a coupon takes off an amount. Pure: whole 分 and whole percents."""

from app.campaigns.models import OFF, PERCENT, CouponBatch


def off(batch: CouponBatch, cents: int) -> int:
    """How many 分 of a purchase of `cents` it takes off: never more than there are; a part of a
    分 is not taken off."""
    if cents < batch.least_cents:
        return 0
    if batch.kind == OFF:
        return min(batch.cents, cents)
    return cents * batch.percent // 100 if batch.kind == PERCENT else 0


def fold(percent: int) -> str:
    """20 % off as «8», 12 % as «8.8»: how a shop says it."""
    whole, part = divmod(100 - percent, 10)
    return f"{whole}.{part}" if part else str(whole)
