"""Payees with contracts, bank details and money that is payable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import settlement
from demo.bank_accounts import BANKS, operator_yaml
from prm import database
from prm.bank_details import with_key
from prm.settings import Settings
from tests.books import entry

DAY = date(2026, 11, 10)
CLEARING = "30101810400000000225"


def counterparty(
    settings: Settings, counterparty_id: str, parent_id: str | None = None, *, account: bool = True
) -> None:
    """A counterparty and, unless told otherwise, where it is paid."""
    with database.transaction(settings) as connection:
        connection.execute("insert into registry.branches values ('ural') on conflict do nothing")
        connection.execute(
            """insert into registry.counterparties (counterparty_id, name, kind, parent_id, branch, tax_number)
               values (%s, %s, 'dealer', %s, 'ural', '6600000000')""",
            [counterparty_id, f"ООО «{counterparty_id}»", parent_id],
        )
    if account:
        bank_account(settings, counterparty_id)


def bank_account(settings: Settings, counterparty_id: str, number: int = 1, **other: Any) -> str:
    """An account of the counterparty; returns the account."""
    import registry

    bank = BANKS[number % len(BANKS)]
    account = with_key(f"4070281000000{number:07d}", bank.bic)
    usual = {
        "recipient": f"ООО «{counterparty_id}»", "account": account, "bank": bank.name, "bic": bank.bic,
        "correspondent_account": bank.correspondent_account, "tax_number": "6600000000", "kpp": "660001001",
        "valid_from": date(2026, 1, 1), "author": "olga",
    }  # fmt: skip
    with database.transaction(settings) as connection:
        registry.set_bank_account(connection, counterparty_id, **(usual | other))
    return account


def contract(
    settings: Settings, contract_id: str, counterparty_id: str, level: str = "counterparty", *, minimum: str | None = None,
    currency: str = "RUB",
) -> None:  # fmt: skip
    """A contract that is settled at a level."""
    with database.transaction(settings) as connection:
        connection.execute(
            """insert into registry.contracts (contract_id, counterparty_id, scheme, valid_from, status, currency, vat_status,
                   settlement_level, minimum_payout)
               values (%s, %s, 'dealer_standard', '2026-01-01', 'active', %s, 'payer', %s, %s)""",
            [contract_id, counterparty_id, currency, level, minimum],
        )


def outlet(settings: Settings, outlet_id: str, counterparty_id: str) -> None:
    """An outlet of a counterparty."""
    with database.transaction(settings) as connection:
        connection.execute(
            "insert into registry.outlets values (%s, %s, 'Салон', 'own', 'Пермь', '2025-01-01', null, null)",
            [outlet_id, counterparty_id],
        )


def payable(settings: Settings, amounts: Sequence[tuple[str, str | None, str]], **other: Any) -> None:
    """Puts amounts (whose, of which contract, how much; below zero: takes) on `payable`."""
    with database.transaction(settings) as connection:
        before = connection.execute("select count(*) as so_many from ledger.transfers").fetchone()
        entries = []
        for place, (who, contract_id, text) in enumerate(amounts):
            amount = Decimal(text)
            sides = ("reward_cost", "payable") if amount > 0 else ("payable", "reward_cost")
            usual = {
                "counterparty_id": who, "contract_id": contract_id, "amount": abs(amount), "debit_account": sides[0],
                "credit_account": sides[1],
            }  # fmt: skip
            entries.append(entry(f"given/{before['so_many']}/{place}", **(usual | other)))  # type: ignore[index]
        settlement.post(connection, entries)


def three_payees(settings: Settings) -> None:
    """D1 with 1,200.50 of two contracts, D2 with 300.00, D3 with 70.00 and no bank details."""
    for number in (1, 2, 3):
        counterparty(settings, f"D{number}", account=number < 3)
        contract(settings, f"C{number}", f"D{number}")
    contract(settings, "C1-2", "D1")
    payable(
        settings, [("D1", "C1", "1500.50"), ("D1", "C1-2", "-300.00"), ("D2", "C2", "300.00"), ("D3", "C3", "70.00")]
    )


def prepare(settings: Settings, **other: Any) -> Any:
    """A batch in roubles, prepared by Ivan."""
    usual: dict[str, Any] = {"author": "ivan", "as_of": DAY, "settings": settings}
    return settlement.prepare_payouts("RUB", **(usual | other))


def exported(settings: Settings, **other: Any) -> Any:
    """A batch that is with the bank, and its file."""
    done = prepare(settings, **other)
    settlement.approve_payouts(done.batch, author="olga", settings=settings)
    operator(settings)
    return settlement.export_payouts(done.batch, "pain001", settings.home / "bank", author="ivan", settings=settings)


def operator(settings: Settings, text: str | None = None) -> None:
    """The operator's own details."""
    settings.home.mkdir(parents=True, exist_ok=True)
    (settings.home / "operator.yaml").write_text(text or operator_yaml(), encoding="utf-8")


def rows(settings: Settings, query: str, parameters: Any = None) -> list[tuple]:
    """Rows as tuples; amounts as text with two places."""
    with database.transaction(settings) as connection:
        found = connection.execute(query, parameters).fetchall()
    return [tuple(f"{v:.2f}" if isinstance(v, Decimal) else v for v in row.values()) for row in found]


def balances(settings: Settings, account: str) -> dict[tuple[str, str | None], str]:
    """What stands on an account, by counterparty and contract, without zeros."""
    found = rows(
        settings,
        """select counterparty_id, contract_id, sum(balance) as balance from reporting.account_balances
           where account = %s group by 1, 2 having sum(balance) <> 0 order by 1, 2""",
        [account],
    )
    return {(who, of): amount for who, of, amount in found}
