"""The rows of caps on single subscribers: what each is of and how much it lets through, by contract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemes.model import Limit
from schemes.subscriber_caps import levels_of_caps

if TYPE_CHECKING:
    from schemes.rows import Held


@dataclass
class _Cap:
    """A cap by the terms of the last days on which its contract has it.

    members: what it is of, by each of the versions that have it: events of other versions are none of its business.
    """

    counterparty_id: str
    held: Held
    limit: Limit
    members: set[tuple[int, str]]


class SubscriberCapRows:
    """Collects the caps of contracts, range of days by range of days."""

    def __init__(self) -> None:
        self._caps: dict[str, dict[str, _Cap]] = defaultdict(dict)

    def add(self, counterparty_id: str, held: Held) -> None:
        """Adds the caps that a contract holds on some days, after those before them."""
        scheme, caps = held.version.scheme, self._caps[held.contract_id]
        for name, limit in scheme.limits.items():
            if limit.per:
                former = caps[name].members if name in caps else set()
                caps[name] = _Cap(counterparty_id, held, limit, former | {(scheme.version, of) for of in limit.of})

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each version that has a cap, and each name that this says it is of."""
        for contract_id, caps in self._caps.items():
            levels = levels_of_caps({name: {member for _, member in cap.members} for name, cap in caps.items()})
            for name, cap in caps.items():
                scheme, amount = cap.held.version.scheme, cap.limit.amount
                for version, member in sorted(cap.members):
                    yield {
                        "counterparty_id": cap.counterparty_id, "contract_id": contract_id, "scheme": scheme.scheme,
                        "scheme_version": scheme.version, "component": name, "level": levels[name],
                        "currency": scheme.currency, "is_over_contract": cap.limit.over == "contract",
                        "at_most": cap.held.values[amount] if isinstance(amount, str) else amount,
                        "of_version": version, "member": member,
                    }  # fmt: skip
