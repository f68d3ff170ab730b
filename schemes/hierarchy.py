"""Who is below whom: the counterparties whose totals or measures a rule means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemes.model import OfOthers


@dataclass
class Hierarchy:
    """Who is below whom. parents: of each counterparty that has one."""

    parents: Mapping[str, str]
    children: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for counterparty_id, parent_id in sorted(self.parents.items()):
            self.children[parent_id].append(counterparty_id)

    def below(self, counterparty_id: str, level: int) -> list[str]:
        """The counterparties exactly so many levels below; in a circle of parents, nobody twice."""
        seen, found = {counterparty_id}, [counterparty_id]
        for _ in range(level):
            found = [child for one in found for child in self.children.get(one, ()) if child not in seen]
            seen |= set(found)
        return found

    def group(self, counterparty_id: str) -> list[str]:
        """A counterparty and all that are below it."""
        found, level = [counterparty_id], 1
        while below := self.below(counterparty_id, level):
            found += below
            level += 1
        return found

    def height(self, counterparty_id: str) -> int:
        """How many levels there are below."""
        level = 0
        while self.below(counterparty_id, level + 1):
            level += 1
        return level

    def whole_group(self, counterparty_id: str) -> list[str]:
        """The topmost counterparty above one, and all below it; of a circle of parents, all in it."""
        above = [counterparty_id]
        while (parent := self.parents.get(above[-1])) and parent not in above:
            above.append(parent)
        if parent := self.parents.get(above[-1]):
            return self.group(min(above[above.index(parent) :]))
        return self.group(above[-1])

    def whose(self, counterparty_id: str, of_others: OfOthers) -> list[str]:
        """The counterparties whose totals or measures are meant."""
        if of_others.whose == "whole_group":
            return self.whole_group(counterparty_id)
        if of_others.whose == "group":
            return self.group(counterparty_id)
        return self.below(counterparty_id, of_others.level)
