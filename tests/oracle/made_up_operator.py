"""A made-up operator: counterparties, subscribers and facts drawn by a seed, dense with what rules stumble over.

Kits sold twice or to nobody, late and repeated reports, returns, suspensions, marks that overlap, credit notes and
refunds, boundary sums, facts of before, contracts that begin or end within the month.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ruamel.yaml import YAML

from tests.operators import Operator

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
BOUNDARIES = ["100.00", "250.50", "-0.01", "1000.00", "0.00"]


def operator(seed: int, *schemes: str, subscribers: int = 120) -> Operator:
    """An operator with so many subscribers, and some twenty facts for each, of September and October 2026.

    schemes: the texts of schemes, which the contracts are under, in their currencies.
    """
    made, random = Operator(), Random(seed)
    made.product("V1", "voice")
    made.product("C1", "content")
    currencies = {of["scheme"]: of["currency"] for of in (YAML(typ="safe").load(text) for text in schemes)}
    owners = [f"D{number}" for number in range(1, random.randint(4, 8) + 1)]
    for number in range(len(owners)):
        _counterparty(made, random, owners, number, currencies)
    outlets = [outlet["outlet_id"] for outlet in made.outlets]
    for number in range(1, subscribers + 1):
        _subscriber(made, random, outlets, number)
    known = [row["subscriber_id"] for row in made.subscribers]
    for number in range(1, subscribers + 1):
        if random.random() < 0.6:
            _reports(made, random, number)
    for _ in range(subscribers * 10):
        made.charge(
            random.choice([*known, "N99999"]), _amount(random), _day(random), random.choice(["V1", "C1"]),
            random.choice(["monthly", "usage"]),
        )  # fmt: skip
    for _ in range(subscribers * 3):
        made.payment(
            random.choice([*outlets, *outlets, None]), _amount(random), random.choice([*known, "N99999", None]),
            random.choice(["cash", "card", "online"]), _day(random),
        )  # fmt: skip
    for _ in range(subscribers * 2):
        made.operation(
            random.choice(["terminal_sale", "sim_swap"]), random.choice([*outlets, "T99", None, None]),
            random.choice([None, _amount(random)]), random.choice([*known, "N99999", None]), _day(random),
            random.choice(["V1", None]),
        )  # fmt: skip
    for owner in random.sample(owners, random.randint(1, len(owners))):
        made.plan(owner, "revenue", random.choice(["0", "100", "777.77", "50000"]))
        made.plan(owner, "activations", random.choice(["0", "3", "12.5"]))
    for subscriber_id in random.choices(known, k=subscribers // 8):
        first = _day(random)
        made.mark(subscriber_id, first, random.choice([None, first, first + timedelta(days=9)]))
    made.mark("N99999", OCTOBER)
    if random.random() < 0.5:
        _currencies(made, random)
    return made


def _currencies(made: Operator, random: Random) -> None:
    """Some amounts in dollars, yen and dinars; rates on working days, some of them through another currency, some lost."""
    for row in [*made.charges, *made.payments, *made.operations]:
        row["currency"] = random.choice([None, None, None, "RUB", "USD", "JPY", "KWD"])
    for number in range(-20, 61):
        day = SEPTEMBER + timedelta(days=number)
        if day.weekday() >= 5 or date(2026, 9, 8) <= day <= date(2026, 9, 8 + random.randint(0, 20)):
            continue
        made.rate("USD", str(Decimal(random.randint(600_000, 1_100_000)) / 10_000), day)
        if random.random() < 0.3:
            made.rate("JPY", str(Decimal(random.randint(400_000, 900_000)) / 10_000), day, units=100)
        if random.random() < 0.1:
            made.rate("KWD", str(Decimal(random.randint(3_000_000, 3_500_000)) / 1_000_000), day, base_currency="USD")


def _counterparty(made: Operator, random: Random, owners: list[str], number: int, currencies: dict[str, str]) -> None:
    owner = owners[number]
    kind = "subdealer" if number and random.random() < 0.6 else random.choice(["dealer", "dealer", "agent", "partner"])
    made.counterparty(owner, kind, ["ural", "volga"][number % 2])
    made.counterparties[-1]["attribute:rate"] = random.choice([*[None] * 7, "0.0333", "0.0333", "2"])
    made.counterparties[-1]["attribute:size"] = random.choice([None, "1.5"])  # may be required
    made.counterparties[-1]["attribute:since"] = random.choice([None, None, None, "2026-09-20"])
    if kind == "subdealer":
        made.counterparties[-1]["parent_id"] = random.choice(owners[:number])
    made.outlet(f"T{number + 1}", owner, random.choice(["own", "multibrand", "online"]))
    for contract in range(random.randint(1, 2)):
        scheme = random.choice(sorted(currencies))
        made.contract(
            f"C{number + 1}-{contract}", owner, scheme, currency=currencies[scheme],
            valid_from=random.choice([date(2026, 5, 1), SEPTEMBER, SEPTEMBER, OCTOBER, date(2026, 10, 12)]),
            valid_to=random.choice([None, None, None, date(2026, 10, 22)]),
            status=random.choice([*["active"] * 7, "suspended"]),
            notice_days=random.choice([None, 0, 5, 20]),
            **{
                "attribute:rate": random.choice([None, None, "0.0777", "0.5"]),
                "attribute:is_strict": random.choice([None, None, "true", "false"]),
                "attribute:sort": random.choice([None, None, "online", "own"]),
            },
        )  # fmt: skip


def _subscriber(made: Operator, random: Random, outlets: list[str], number: int) -> None:
    made.subscriber(
        number, random.choice([*outlets * 4, None]), random.choice(["V1", "V1", "C1"]),
        activated_on=random.choice([_day(random), _day(random), date(2026, 4, 30), date(2026, 8, 31)]),
        sold_on=random.choice([date(2026, 4, 1), date(2026, 4, 1), date(2026, 10, 12)]),
    )  # fmt: skip
    if random.random() < 0.15:
        made.sale(f"S{number}", f"8970100000000{number:05d}", random.choice(outlets), _day(random))


def _reports(made: Operator, random: Random, number: int) -> None:
    """Later reports: other tariffs, suspensions, ends and returns, some on one day, some that change nothing."""
    first = made.subscribers[number - 1]
    day = max(_day(random), first["activated_on"] + timedelta(days=random.random() < 0.9))
    for _ in range(random.randint(1, 5)):
        if day > date(2026, 10, 31):
            return
        gone = random.choice([None, None, day, first["activated_on"]])
        made.report(number, day, random.choice(["V1", "V1", "C1"]), gone, status=random.choice(["active", "suspended"]))
        day += timedelta(days=random.choice([*[1, 3, 7, 15] * 8, 0]))  # a second report of a day is quarantined


def _day(random: Random) -> date:
    return SEPTEMBER + timedelta(days=random.randint(0, 60))


def _amount(random: Random) -> str:
    if random.random() < 0.1:
        return random.choice(BOUNDARIES)
    return str(Decimal(random.randint(-30_000, 200_000)) / 100)
