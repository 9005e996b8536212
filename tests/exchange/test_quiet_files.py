"""`flask quiet`: files in, files out, no shop needed."""

import csv
import json
from datetime import date, timedelta
from random import Random

import pytest

from app.exchange.scoring import COLUMNS

DAY = date(2024, 6, 1)
STATES = {"lead", "new", "active", "quiet", "quiet_warm", "dormant", "lost"}
pytestmark = pytest.mark.once


@pytest.fixture
def quiet(app, tmp_path):
    """quiet("score", orders=[...], as_of=...): the rows of the file that comes out."""

    def run(what, out="out.csv", **options):
        args = ["quiet", what, "--out", str(tmp_path / out)]
        for name, value in options.items():
            if isinstance(value, list):
                path = tmp_path / f"{name}.csv"
                path.write_text("\n".join(value) + "\n", encoding="utf-8-sig")
                value = path
            args += [f"--{name.replace('_', '-')}", str(value)]
        answer = app.test_cli_runner().invoke(args=args)
        assert answer.exit_code == 0, answer.output
        text = (tmp_path / out).read_text(encoding="utf-8")
        return list(csv.DictReader(text.splitlines())) if out.endswith("csv") else json.loads(text)

    return run


def ago(days):
    return (DAY - timedelta(days=days)).isoformat()


def by_id(rows):
    return {row["customer_id"]: row for row in rows}


ORDERS = [
    "customer_id,date,amount,kind,order_id",
    *(f"reg,{ago(47 + 21 * n)},100,order," for n in range(4)),
    f"two,{ago(47)},50,,", f"two,{ago(67)},50,,",
    f"one,{ago(44)},,,", f"new,{ago(3)},20,order,",
    f"gone,{ago(900)},20,order,",
    f"back,{ago(60)},80,order,o7", f"back,{ago(50)},80,refund,o7",
    f"same,{ago(5)},30,order,", f"same,{ago(5)},40,order,",
    f"future,{(DAY + timedelta(days=1)).isoformat()},999999,order,",
    "undated,,500,order,", "odd,yesterday,1,order,", "",
]  # fmt: skip


def test_every_customer_has_one_line_of_the_contract(quiet):
    rows = quiet("score", orders=ORDERS, as_of=DAY)
    assert tuple(rows[0]) == COLUMNS
    found = by_id(rows)
    assert len(found) == len(rows)
    assert set(found) == {
        "reg", "two", "one", "new", "gone", "back", "same", "undated", "odd",
    }  # fmt: skip
    for row in rows:
        assert row["state"] in STATES
        assert row["reason"]
        assert 0 <= float(row["p_return"]) <= 1
        assert 0 <= float(row["p_alive"]) <= 1
        assert float(row["value_at_risk"]) >= 0
        assert bool(row["quiet_on"]) == (row["state"] != "lead")
    states = {name: row["state"] for name, row in found.items()}
    assert states == {
        "reg": "active", "two": "quiet", "one": "quiet", "new": "new", "gone": "lost",
        "back": "lead", "same": "new", "undated": "lead", "odd": "lead",
    } | {name: states[name] for name in ("reg", "one")}  # fmt: skip


def test_the_reason_is_the_sentence_of_the_shop(quiet):
    found = by_id(quiet("score", orders=ORDERS, as_of=DAY))
    assert found["reg"]["reason"].startswith("通常每 21 天来一次，已 47 天没来；接下来 28 天")
    assert found["two"]["reason"] == "来过 2 次，相隔 20 天，已 47 天没来"
    assert "4月18日 第一次来，已 44 天没来第二次；本店老客一般" in found["one"]["reason"]
    assert "不到 10%" in by_id(quiet("score", orders=[
        "customer_id,date", *(f"a,{ago(900 + 9 * n)}" for n in range(4))], as_of=DAY,
    ))["a"]["reason"]  # fmt: skip


def test_contact_of_their_own_makes_a_quiet_customer_warm(quiet):
    events = [
        "customer_id,date,direction,kind",
        f"two,{ago(3)},in,menu_click", f"one,{ago(3)},out,message", f"gone,{ago(2)},in,unsubscribe",
        f"asks,{ago(1)},in,message", f"two,{(DAY + timedelta(days=1)).isoformat()},in,message",
    ]  # fmt: skip
    cold = by_id(quiet("score", orders=ORDERS, as_of=DAY))
    warm = by_id(quiet("score", orders=ORDERS, events=events, as_of=DAY))
    assert (cold["two"]["state"], warm["two"]["state"]) == ("quiet", "quiet_warm")
    assert warm["two"]["reason"].endswith("3 天前还点过菜单，还有来往")
    assert float(warm["two"]["p_return"]) > float(cold["two"]["p_return"])
    assert warm["asks"]["state"] == "lead"
    for name in ("one", "gone", "reg"):
        assert warm[name] == cold[name]


def test_a_shop_without_any_purchase_goes_by_contact(quiet):
    events = ["customer_id,date,direction,kind"]
    events += [f"a,{ago(60 + 10 * n)},in,message" for n in range(5)] + [f"b,{ago(2)},in,message"]
    orders = ["customer_id,date,amount"]
    found = by_id(quiet("score", orders=orders, events=events, as_of=DAY))
    assert {row["state"] for row in found.values()} == {"lead"}
    assert found["a"]["reason"] == "通常每 10 天联系一次，已 60 天没有消息，来往变少"
    assert found["a"]["quiet_on"] < DAY.isoformat()
    assert found["b"]["quiet_on"] == ""


def test_a_file_that_is_summed_up_gives_the_same_line(quiet):
    orders = ["customer_id,date,amount", *(f"reg,{ago(47 + 21 * n)},100" for n in range(4))]
    sums = [
        "customer_id,n_days,first_date,last_date,total_amount",
        f"reg,4,{ago(110)},{ago(47)},400", "none,0,,,",
        f"later,9,{ago(5)},{(DAY + timedelta(days=4)).isoformat()},900",
    ]  # fmt: skip
    (line,) = quiet("score", orders=orders, as_of=DAY)
    found = by_id(quiet("score", customers=sums, as_of=DAY))
    assert {**found["reg"], "value_per_visit": line["value_per_visit"]} == line
    assert found["none"]["state"] == "lead"
    assert (found["later"]["state"], found["later"]["gap_days"]) == ("new", "5")


def test_who_is_only_among_the_contacts_of_a_summed_up_shop_has_a_line_too(quiet):
    head = "customer_id,n_days,first_date,last_date,total_amount"
    events = ["customer_id,date,direction,kind", f"asks,{ago(1)},in,message"]
    events += [f"reg,{ago(2)},in,auto_reply", f"told,{ago(5)},out,message"]
    events += [f"asks,{ago(60 + 10 * n)},in,message" for n in range(5)]
    rows = quiet("score", customers=[head, f"reg,4,{ago(170)},{ago(107)},400"], events=events,
                 as_of=DAY)  # fmt: skip
    assert [row["customer_id"] for row in rows] == ["reg", "asks", "told"]
    assert [row["state"] for row in rows] == ["dormant", "lead", "lead"]
    rows = by_id(quiet("score", customers=[head, "none,0,,,"], events=events[:1] + events[4:],
                       as_of=DAY))  # fmt: skip
    assert {row["state"] for row in rows.values()} == {"lead"}
    assert rows["asks"]["reason"] == "通常每 10 天联系一次，已 60 天没有消息，来往变少"
    assert rows["none"]["reason"] == "还没有消费记录"


@pytest.mark.parametrize("count", [0, 1, 10, 30])
def test_small_shops_and_none_have_lines_too(quiet, count):
    chance = Random(count)
    orders = ["customer_id,date"] + [f"c{n},{ago(chance.randrange(400))}" for n in range(count)]
    rows = quiet("score", orders=orders, as_of=DAY)
    assert len(rows) == count
    assert {row["value_at_risk"] for row in rows} <= {"0.00"}


def test_reminders_are_told_with_how_they_ended(quiet):
    orders = ["customer_id,date,amount", *(f"reg,{ago(100 + 7 * n)},100" for n in range(9))]
    orders += [f"reg,{ago(70)},100", f"once,{ago(90)},60"]
    rows = quiet("remind", orders=orders, **{"from": ago(100)}, to=DAY, cap=2)
    assert rows[0]["lapse_key"] == ago(100)
    assert (rows[0]["close_date"], rows[0]["close_reason"]) == (ago(70), "returned")
    assert {row["customer_id"] for row in rows} == {"reg", "once"}
    assert all(row["close_reason"] in ("", "returned", "expired") for row in rows)


def simulated(customers, seed):
    """A shop whose customers come at their own rate until they leave for good."""
    chance, lines = Random(seed), ["customer_id,date,amount"]
    for number in range(customers):
        rate, leaves = chance.gammavariate(0.8, 1 / 14), chance.betavariate(0.6, 1.5)
        day = chance.randrange(300)
        while day < 400:
            lines.append(f"c{number},{ago(400 - day)},{chance.randrange(10, 200)}")
            if chance.random() < leaves:
                break
            day += max(1, int(chance.expovariate(rate)))
    return lines


def test_likelihood_finds_the_rates_that_made_a_shop(quiet):
    fitted = quiet("fit", "f.json", orders=simulated(600, 3), as_of=DAY, model="mbgnbd", unit=7)
    assert set(fitted["params"]) == {"r", "alpha", "a", "b"}
    assert fitted["params"]["r"] == pytest.approx(0.8, abs=0.4)
    assert fitted["ll"] < 0


def test_a_history_is_judged_in_a_few_lines(app, tmp_path):
    path = tmp_path / "o.csv"
    path.write_text("\n".join(simulated(300, 5)))
    told = app.test_cli_runner().invoke(
        args=["quiet", "measure", str(path), "--as-of", ago(60), "--cap", "1"]
    )
    assert told.exit_code == 0, told.output
    ours = float(told.output.split("AUC ours ")[1].split(",")[0])
    assert ours > 0.7
    assert "promises kept" in told.output
    assert "this policy" in told.output


@pytest.mark.parametrize("args", [
    ["score", "--as-of", "2024-06-01"],
    ["score", "--as-of", "2024-02-30", "--orders", "o.csv"],
    ["score", "--as-of", "2024-06-01", "--orders", "o.csv"],
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(app, tmp_path, args):
    (tmp_path / "o.csv").write_text("who,when\na,b\n")
    args = [str(tmp_path / one) if one == "o.csv" else one for one in args]
    answer = app.test_cli_runner().invoke(args=["quiet", *args, "--out", str(tmp_path / "s.csv")])
    assert answer.exit_code != 0
    assert "Error" in answer.output
