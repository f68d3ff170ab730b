"""Where the made-up counterparties are paid, and from where the operator pays: accounts that fit banks that do not exist."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from demo.operator import Operator
from prm.bank_details import with_key
from prm.settings import Settings


class Bank(NamedTuple):
    """A bank that does not exist. bic: nine digits of a region's Bank of Russia numbers that are not given out."""

    name: str
    bic: str

    @property
    def correspondent_account(self) -> str:
        """Its account at the Bank of Russia."""
        return with_key(f"30101810000000000{self.bic[-3:]}", self.bic, correspondent=True)


BANKS = (
    Bank("АО «Речной банк», г. Москва", "044525991"),
    Bank("ПАО «Заречье», г. Казань", "049205992"),
    Bank("АО «Уралпромкредит», г. Екатеринбург", "046577993"),
)
_BALANCE_ACCOUNTS = {"dealer": "40702", "subdealer": "40702", "agent": "40802", "partner": "40702"}
_UNKNOWN_EVERY = 31  # of so many counterparties one has no details, so that a batch carries something forward


def bank_account_rows(
    operator: Operator, counterparties: list[dict[str, str]], outlets: list[dict[str, str]]
) -> list[dict[str, str]]:
    """Rows of the data set: most have one account, some a newer one from the third month on, a few outlets one of their own."""
    since, later = f"{operator.first.year}-01-01", operator.month(2).start.isoformat()
    rows = []
    for place, one in enumerate(counterparties, start=1):
        if place % _UNKNOWN_EVERY == 5:
            continue
        rows.append(_row(operator, f"B{place:05d}-1", place * 4, one, "", since))
        if place % 13 == 6:
            rows.append(_row(operator, f"B{place:05d}-2", place * 4 + 1, one, "", later))
    of = {one["counterparty_id"]: one for one in counterparties}
    for place, outlet in enumerate(outlets, start=1):
        if place % 17 == 3:
            rows.append(
                _row(
                    operator,
                    f"B{place:05d}-T",
                    place * 4 + 2,
                    of[outlet["counterparty_id"]],
                    outlet["outlet_id"],
                    since,
                )
            )
    return rows


def _row(
    operator: Operator, name: str, key: int, one: dict[str, str], outlet_id: str, valid_from: str
) -> dict[str, str]:
    bank = operator.draws.pick("bank", key, *BANKS)
    number = operator.draws.number("account", key, 10_000_000)
    account = f"{_BALANCE_ACCOUNTS[one['kind']]}81000000{number:07d}"
    return {
        "bank_account_id": name,
        "counterparty_id": one["counterparty_id"],
        "outlet_id": outlet_id,
        "recipient": one["name"],
        "tax_number": one["tax_number"],
        "kpp": "" if one["kind"] == "agent" else f"{one['tax_number'][:4]}01001",
        "account": with_key(account, bank.bic),
        "bank": bank.name,
        "bic": bank.bic,
        "correspondent_account": bank.correspondent_account,
        "currency": "RUB",
        "valid_from": valid_from,
    }


def operator_yaml() -> str:
    """The operator's own details, as `operator.yaml` has them."""
    bank = BANKS[0]
    account = with_key("40702810000000004242", bank.bic)
    return f"""\
# Who pays, and from which accounts: for payment orders and documents. Digits are quoted.
name: АО «Дальняя связь»
tax_number: "7701234567"
kpp: "770101001"
address: 105005, г. Москва, ул. Радио, д. 24
country: RU
accounts:
  - currency: RUB
    account: "{account}"
    bank: {bank.name}
    bic: "{bank.bic}"
    correspondent_account: "{bank.correspondent_account}"
"""


def write_operator_details(settings: Settings) -> Path | None:
    """Writes the operator's details where they are looked for; None where there are some already."""
    path = settings.operator_details or settings.home / "operator.yaml"
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(operator_yaml(), encoding="utf-8")
    os.replace(part, path)
    return path
