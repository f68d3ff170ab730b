"""The operator's reference data: who sells (counterparties, outlets), under which contracts, what
(products), and where they are paid (bank accounts).

A few thousand rows at the most, so they are made in Python; the facts refer to outlets by number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo import words
from demo.bank_accounts import bank_account_rows
from demo.operator import Operator

Row = dict[str, str]
KINDS = {"dealer": ("D", 62), "subdealer": ("S", 18), "agent": ("A", 12), "partner": ("P", 8)}
"""Kinds of counterparties: the letter of their ids, and their percent of the kits sold."""

LARGEST = "D00042"
"""The dealer with the most subscribers, whatever the size of the operator."""

ATTRIBUTES = ("activation_fee", "charge_share", "bonus_rate", "monthly_cap", "payment_share", "content_share")

# What contracts agree on, by scheme; None: the scheme's default.
_OFFERS: dict[str, dict[str, tuple[str | None, ...]]] = {
    "dealer_standard": {
        "activation_fee": (None, "250.00", "320.00", "415.50"),
        "charge_share": (None, "0.04", "0.0725", "0.1"),
        "bonus_rate": (None, "40.00", "75.00"),
        "monthly_cap": (None, None, "20000.00", "150000.00"),
    },
    "subdealer_standard": {
        "activation_fee": (None, "120.00", "180.00"),
        "charge_share": (None, "0.015", "0.03"),
        "monthly_cap": (None, "5000.00"),
    },
    "agent_payments": {"payment_share": (None, "0.01", "0.0175", "0.02"), "monthly_cap": (None, "1500.00")},
    "partner_content": {"content_share": (None, "0.15", "0.3", "0.225")},
}
_SCHEMES = {"dealer": "dealer_standard", "subdealer": "subdealer_standard", "agent": "agent_payments",
            "partner": "partner_content"}  # fmt: skip


@dataclass(frozen=True)
class Seller:
    """A counterparty as a place where kits are sold: its outlets have consecutive numbers."""

    counterparty_id: str
    kind: str
    branch: str
    first_outlet: int
    outlets: int


@dataclass
class Reference:
    """The rows of the reference files by data set, and the sellers by branch and kind, the largest first."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    sellers: list[Seller] = field(default_factory=list)

    def of(self, branch: str, kind: str) -> list[Seller]:
        """The sellers of a branch and kind."""
        return [one for one in self.sellers if one.branch == branch and one.kind == kind]


def outlet_id(number: int) -> str:
    """`T00017`"""
    return f"T{number:05d}"


def make_reference(operator: Operator) -> Reference:
    """All reference rows; values are text as in a UTF-8 file with decimal points and ISO dates."""
    dealers = min(max(operator.subscribers // 80, 48), 2_000)
    counts = {"dealer": dealers, "subdealer": dealers // 2, "agent": dealers // 3, "partner": max(dealers // 6, 10)}
    made = Reference({"counterparties": [], "products": [], "outlets": [], "contracts": []})
    shares = [branch for branch, share in operator.branches.items() for _ in range(share)]
    for kind, count in counts.items():
        numbers = sorted(range(1, count + 1), key=lambda number: f"D{number:05d}" != LARGEST)
        for number in numbers:
            _add_counterparty(operator, made, kind, number, shares[number % len(shares)])
    for product in words.PRODUCTS:
        made.rows["products"].append(
            {"product_id": product.product_id, "name": product.name, "product_group": product.product_group}
        )
    for rows in (made.rows["counterparties"], made.rows["contracts"]):
        rows.sort(key=lambda row: next(iter(row.values())))
    made.rows["bank_accounts"] = bank_account_rows(operator, made.rows["counterparties"], made.rows["outlets"])
    return made


def _add_counterparty(operator: Operator, made: Reference, kind: str, number: int, branch: str) -> None:
    draws, letter = operator.draws, KINDS[kind][0]
    counterparty_id = f"{letter}{number:05d}"
    key = number * 4 + list(KINDS).index(kind)
    parent = ""
    if kind == "subdealer":
        dealers = made.of(branch, "dealer")
        parent = dealers[draws.number("parent", key, len(dealers))].counterparty_id
    made.rows["counterparties"].append({
        "counterparty_id": counterparty_id,
        "name": words.counterparty_name(kind, number),
        "kind": kind,
        "parent_id": parent,
        "branch": branch,
        "tax_number": f"{7700000000 + key * 7919 % 99999999:010d}" + ("12" if kind == "agent" else ""),
        "email": f"office@{counterparty_id.lower()}.example",
        "attribute:segment": draws.pick("segment", key, "federal", "regional", "local", ""),
    })  # fmt: skip
    outlets = 6 if counterparty_id == LARGEST else 1 + draws.number("outlets", key, 3)
    first = len(made.rows["outlets"]) + 1
    for outlet in range(first, first + outlets):
        made.rows["outlets"].append(_outlet(operator, outlet, counterparty_id, kind, branch, outlet - first))
    made.sellers.append(Seller(counterparty_id, kind, branch, first, outlets))
    made.rows["contracts"].extend(_contracts(operator, counterparty_id, kind, number, key))


def _outlet(operator: Operator, number: int, counterparty_id: str, kind: str, branch: str, place: int) -> Row:
    draws = operator.draws
    region = draws.pick("region", number, *words.REGIONS[branch])
    format_of = (
        "online" if kind == "partner" else draws.pick("format", number, *["own"] * 5, *["multibrand"] * 4, "online")
    )
    closed = operator.month(2).start + timedelta(days=9) if place and draws.number("closed", number, 25) == 0 else None
    street = draws.pick("street", number, *words.STREETS)
    return {
        "outlet_id": outlet_id(number),
        "counterparty_id": counterparty_id,
        "name": f"Интернет-магазин {counterparty_id}" if format_of == "online" else f"{region}, {street}, {number % 120 + 1}",
        "kind": format_of,
        "region": region,
        "opened_on": (date(2015, 1, 1) + timedelta(days=draws.number("opened", number, 3_600))).isoformat(),
        "closed_on": closed.isoformat() if closed else "",
    }  # fmt: skip


def _contracts(operator: Operator, counterparty_id: str, kind: str, number: int, key: int) -> list[Row]:
    """Mostly one contract since before the first month; some are none, suspended, ended, replaced, or two at once."""
    since = date(operator.first.year, 1, 1)
    scheme, draws = _SCHEMES[kind], operator.draws

    def contract(suffix: str, scheme: str, begin: date, end: date | None = None, status: str = "active") -> Row:
        salt = key * 8 + int(suffix or 1)
        agreed = {name: draws.pick(name, salt, *choices) or "" for name, choices in _OFFERS[scheme].items()}
        if counterparty_id == LARGEST and scheme == "dealer_standard":
            agreed = {
                "activation_fee": "350.00",
                "charge_share": "0.07",
                "bonus_rate": "60.00",
                "monthly_cap": "65000.00",
            }
        return {
            "contract_id": f"C-{counterparty_id}" + (f"-{suffix}" if suffix else ""),
            "counterparty_id": counterparty_id,
            "scheme": scheme,
            "valid_from": begin.isoformat(),
            "valid_to": end.isoformat() if end else "",
            "status": status,
            "currency": "RUB",
            "vat_status": "exempt" if kind == "agent" else draws.pick("vat", key, "payer", "payer", "exempt"),
            "settlement_level": draws.pick("level", key, "counterparty", "counterparty", "outlet", "group"),
            "notice_days": draws.pick("notice", key, "", "30", "60"),
            **{f"attribute:{name}": agreed.get(name, "") for name in ATTRIBUTES},
        }  # fmt: skip

    if number % 29 == 7:
        return []
    if number % 19 == 3:
        return [contract("", scheme, since, status="suspended")]
    if number % 23 == 12:
        return [contract("", scheme, since, operator.first.start - timedelta(days=1), "terminated")]
    if number % 8 == 6:  # replaced in mid-month by a contract with other values
        change = operator.month(2).start + timedelta(days=15)
        return [contract("", scheme, since, change - timedelta(days=1)), contract("2", scheme, change)]
    if number % 17 == 16:  # ends in mid-month, and nothing follows
        return [contract("", scheme, since, operator.month(1).start + timedelta(days=19))]
    if number % 15 == 9:  # begins in mid-month
        return [contract("", scheme, operator.month(1).start + timedelta(days=9))]
    rows = [contract("", scheme, since)]
    if kind == "dealer" and number % 7 == 0:  # a dealer who also sells content
        rows.append(contract("2", "partner_content", since))
    return rows


def describe(made: Reference) -> Counter[str]:
    """How many counterparties there are of each kind."""
    return Counter(row["kind"] for row in made.rows["counterparties"])
