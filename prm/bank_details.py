"""Bank details: whether an account can be one at its bank.

A Russian account of twenty digits has a key digit that is made of the account and of its bank's BIC; an IBAN has two
check digits. One wrong digit breaks either, which is cheaper to find here than in the bank's refusal.
"""

from __future__ import annotations

import re

_WEIGHTS = (7, 1, 3)
_OF_THE_CENTRAL_BANK = ("000", "001", "002")
"""Endings of the BICs of the Bank of Russia's own offices, which keep accounts as correspondents do."""

ACCOUNT = "[0-9]{20}|[A-Z0-9]{5,34}"
"""Pattern of an account: twenty digits at a Russian bank, an IBAN or another number at a foreign one."""

BIC = "[0-9]{9}|[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"
"""Pattern of a bank's code: nine digits (Russia) or eight or eleven characters (SWIFT)."""


def is_russian(bic: str) -> bool:
    """Whether a bank's code is a Russian one, of nine digits."""
    return re.fullmatch("[0-9]{9}", bic) is not None


def is_iban(account: str) -> bool:
    """Whether an account is written as an IBAN: a country's two letters and two check digits first."""
    return re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", account) is not None


def account_fits(account: str, bic: str) -> bool:
    """Whether an account may be one at a bank: its key at a Russian bank, its check digits where it is an IBAN.

    >>> account_fits("DE89370400440532013000", "COBADEFF"), account_fits("DE89370400440532013001", "COBADEFF")
    (True, False)
    """
    if is_russian(bic):
        return re.fullmatch("[0-9]{20}", account) is not None and _weighted(_prefix(bic) + account) % 10 == 0
    if is_iban(account):
        return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1
    return re.fullmatch(ACCOUNT, account) is not None


def correspondent_fits(account: str, bic: str) -> bool:
    """Whether a correspondent account may be that of a Russian bank; foreign banks have none."""
    return (
        is_russian(bic)
        and re.fullmatch("[0-9]{20}", account) is not None
        and _weighted("0" + bic[4:6] + account) % 10 == 0
    )


def with_key(account: str, bic: str, *, correspondent: bool = False) -> str:
    """An account of twenty digits with its ninth, the key, made to fit its bank."""
    bare = account[:8] + "0" + account[9:]
    prefix = "0" + bic[4:6] if correspondent else _prefix(bic)
    return bare[:8] + str(_weighted(prefix + bare) * 3 % 10) + bare[9:]


def _prefix(bic: str) -> str:
    return "0" + bic[4:6] if bic[-3:] in _OF_THE_CENTRAL_BANK else bic[-3:]


def _weighted(digits: str) -> int:
    return sum(int(digit) * _WEIGHTS[place % 3] % 10 for place, digit in enumerate(digits))


def account_fits_sql(account: str, bic: str) -> str:
    """`account_fits` as DuckDB's SQL, of two columns' SQL; null where either is."""
    russian = f"regexp_full_match({bic}, '[0-9]{{9}}')"
    prefix = (
        f"case when right({bic}, 3) in ({', '.join(map(repr, _OF_THE_CENTRAL_BANK))}) "
        f"then '0' || substr({bic}, 5, 2) else right({bic}, 3) end"
    )
    iban = f"regexp_full_match({account}, '[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}}')"
    return (
        f"case when {account} is null or {bic} is null then null "
        f"when {russian} then regexp_full_match({account}, '[0-9]{{20}}') and {_weighted_sql(f'({prefix}) || {account}')} % 10 = 0 "
        f"when {iban} then {_iban_sql(account)} = 1 else true end"
    )


def correspondent_fits_sql(account: str, bic: str) -> str:
    """`correspondent_fits` as DuckDB's SQL, of two columns' SQL; null where either is."""
    weighted = _weighted_sql(f"'0' || substr({bic}, 5, 2) || {account}")
    return (
        f"case when {account} is null or {bic} is null then null "
        f"when not regexp_full_match({bic}, '[0-9]{{9}}') or not regexp_full_match({account}, '[0-9]{{20}}') then false "
        f"else {weighted} % 10 = 0 end"
    )


def _weighted_sql(text: str) -> str:
    digits = (
        f"try_cast(substr({text}, {place + 1}, 1) as integer) * {_WEIGHTS[place % 3]} % 10" for place in range(23)
    )
    return f"({' + '.join(digits)})"


def _iban_sql(account: str) -> str:
    """The remainder by 97, character by character: no number of SQL has room for all of an IBAN's digits."""
    turned, letters = f"(substr({account}, 5) || substr({account}, 1, 4))", "'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'"
    remainder = "0"
    for place in range(1, 35):
        one = f"substr({turned}, {place}, 1)"
        value = f"(case when {one} = '' then 0 else strpos({letters}, {one}) - 1 end)"
        remainder = (
            f"(({remainder} * (case when {one} = '' then 1 when {value} > 9 then 100 else 10 end) + {value}) % 97)"
        )
    return remainder
