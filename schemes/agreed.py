"""What was agreed about attributes: the most specific value wins, day by day, and it is known where it came from.

A value holds from its day until the next one of the same holder, or until it is ended. A contract's own value wins
over its counterparty's, that one over the branch's; where none of them has one on a day, the scheme's default holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from prm.words import Words

Level = Literal["contract", "counterparty", "branch"]
LEVELS: dict[Level, Words] = {
    "contract": Words(en="the contract", ru="договора"),
    "counterparty": Words(en="counterparty {holder}", ru="контрагента {holder}"),
    "branch": Words(en="branch {holder}", ru="филиала {holder}"),
}
"""The levels, the most specific first, as a message calls the holder of a value (in Russian: whose it is)."""

ENDED = ""
"""What stands for the value where a holder has none of its own from a day on; no value that was written is empty."""


@dataclass(frozen=True)
class AgreedValue:
    """A value of an attribute as it was written, and where it came from.

    value: empty where none is agreed from that day on. holder: the contract, counterparty or branch (by `level`) that
    it was given to. since: the first day it holds. author: who gave it; `file` where it came in the file of contracts
    or counterparties.
    """

    attribute: str
    value: str
    level: Level
    holder: str
    since: date
    author: str = "file"


class AgreedValues:
    """The values of contracts, counterparties and branches; says which of them holds for a contract on a day."""

    def __init__(
        self,
        *,
        of_contracts: Iterable[Mapping[str, Any]] = (),
        of_counterparties: Iterable[Mapping[str, Any]] = (),
        of_branches: Iterable[Mapping[str, Any]] = (),
        counterparties: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Rows as in the registry's snapshot.

        of_…: rows with contract_id, counterparty_id or branch, and attribute, valid_from, value (as written),
        author. counterparties: rows with counterparty_id and branch.
        """
        self._branches = {row["counterparty_id"]: row["branch"] for row in counterparties}
        self._given: dict[tuple[Level, str], list[AgreedValue]] = defaultdict(list)
        for level, key, rows in (
            ("contract", "contract_id", of_contracts),
            ("counterparty", "counterparty_id", of_counterparties),
            ("branch", "branch", of_branches),
        ):
            for row in rows:
                value = row["value"] or ENDED
                self._given[level, row[key]].append(  # type: ignore[index]
                    AgreedValue(row["attribute"], value, level, row[key], row["valid_from"], row["author"])  # type: ignore[arg-type]
                )

    def of(self, contract_id: str, counterparty_id: str) -> tuple[AgreedValue, ...]:
        """All values that may come to hold for a contract, the least specific first, and each level's by day."""
        holders = {
            "contract": contract_id,
            "counterparty": counterparty_id,
            "branch": self._branches.get(counterparty_id),
        }
        return tuple(
            value
            for level in reversed(LEVELS)
            for value in sorted(
                self._given.get((level, holders[level] or ""), ()), key=lambda value: (value.since, value.attribute)
            )
        )

    def origin(self, contract_id: str, counterparty_id: str, attribute: str, day: date) -> AgreedValue | None:
        """Where a contract's value of an attribute on a day came from; None: it is its scheme's default."""
        return values_on(self.of(contract_id, counterparty_id), day).get(attribute)


def values_on(values: Iterable[AgreedValue], day: date) -> dict[str, AgreedValue]:
    """What holds on a day of a contract's values, by attribute. values: in the order of `AgreedValues.of`."""
    held = {(value.level, value.attribute): value for value in values if value.since <= day}
    return {value.attribute: value for value in held.values() if value.value != ENDED}
