"""What `flask quiet measure` says: how good the model is on one history."""

from collections.abc import Iterator
from random import Random

from app.customers import odds
from app.exchange import scoring
from app.exchange.histories import Book
from app.reminders import judging
from app.reminders.judging import Fixed, Reached
from app.reminders.replay import Replay

SIZES = (10, 30, 100)  # customers of small shops, drawn from the large one
DRAWN = 40


def told(book: Book, day: int, cap: int, prior: float) -> Iterator[str]:
    """The lines of the report, in their order."""
    visits = scoring.visit_days(book)
    last = max(days[-1] for days in visits.values() if days)
    unit = scoring.unit_on(visits.values(), day, prior)
    seen = judging.look(visits.values(), day, unit)
    came = sum(one.came for one in seen)
    yield f"customers known {len(seen)}, came within {odds.HORIZON} days {came}, unit {unit:.1f} d"
    ranked = judging.ranking(seen)
    yield "AUC " + ", ".join(f"{name} {value:.3f}" for name, value in ranked.items())
    for band in judging.bands(seen):
        yield (
            f"chance up to {band.top:.2f}: {band.count} customers, said {band.said:.3f},"
            f" came {band.came / band.count:.3f}"
        )
    yield from _replayed(book, visits, last, cap, prior)
    yield from _small(list(visits.values()), day, prior)


def _replayed(
    book: Book, visits: dict[str, list[int]], last: int, cap: int, prior: float
) -> Iterator[str]:
    """The year's reminders whose afterlife is known, beside as many by the rules of shops."""
    end = last - judging.STAYED
    first = max(min(days[0] for days in visits.values() if days) + 90, end - 364)
    history = scoring.history_of(book)
    ours = list(Replay(history, prior).run(first, end, cap))
    yield f"replay of {end - first + 1} days, at most {cap} a day"
    yield _line("this policy", judging.reached(ours, visits))
    for days in judging.FIXED:
        for spend in (False, True):
            rule = Fixed(history, prior, days=days, a_day=judging.a_day(ours), spend=spend)
            theirs = judging.reached(rule.run(first, end, cap), visits)
            yield _line(f"{days} days, {'by spend' if spend else 'newest first'}", theirs)
    broken = judging.kept_promises(ours, cap)
    yield "promises " + (f"broken: {', '.join(sorted(set(broken)))}" if broken else "kept")


def _line(name: str, one: Reached) -> str:
    many = max(1, one.count)
    return (
        f"{name}: {one.count} reminders, came within 28 days {one.came_soon / many:.3f},"
        f" stayed away > 90 days {one.stayed_away / many:.3f},"
        f" value {one.value / 100:.0f}, in time {one.in_time / 100:.0f}"
    )


def _small(visits: list[list[int]], day: int, prior: float) -> Iterator[str]:
    """Random small shops: the chance must be as good where there is nothing to learn from."""
    chance = Random(1)  # noqa: S311 - shops are drawn, no secret
    for size in SIZES:
        pairs: list[tuple[float, bool]] = []
        for _draw in range(DRAWN):
            shop = chance.sample(visits, min(size, len(visits)))
            unit = scoring.unit_on(shop, day, prior)
            pairs += [(one.chance, one.came) for one in judging.look(shop, day, unit)]
        yield f"shops of {size} customers: AUC {judging.auc(pairs):.3f} over {len(pairs)} customers"
