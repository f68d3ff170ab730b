"""Numbers that look drawn and are calculated: the same seed, name and id give the same number, for ever.

Nothing is drawn in turn, so a row does not depend on which rows were made before it, by how many threads, or on
any library's generator. The same whole-number arithmetic is written in SQL for millions of rows and in Python for
a few; a test holds the two together. It is made to scatter, not to withstand an adversary.
"""

from __future__ import annotations

import hashlib
from functools import cache

_PRIME = 2_147_483_647  # products of two remainders stay below 2**62: no overflow in a BIGINT


class Draws:
    """The numbers of one seed. A name (`"branch"`, `"amount"`) makes them independent of one another."""

    def __init__(self, seed: int):
        self.seed = seed

    def number(self, name: str, key: int, below: int) -> int:
        """A whole number from 0 up to but not including `below`."""
        a, b, c, d = _constants(self.seed, name)
        mixed = (key % _PRIME * a + b) % _PRIME
        return (mixed * mixed + c) % _PRIME * d % _PRIME % below

    def sql(self, name: str, key: str, below: int | str) -> str:
        """SQL (a BIGINT) of the same number. key: SQL of a whole number that is not negative."""
        a, b, c, d = _constants(self.seed, name)
        mixed = f"(({key})::bigint % {_PRIME} * {a} + {b}) % {_PRIME}"
        return f"((({mixed}) * ({mixed}) + {c}) % {_PRIME} * {d} % {_PRIME} % {below})"

    def pick(self, name: str, key: int, *choices):
        """One of the choices."""
        return choices[self.number(name, key, len(choices))]

    def pick_sql(self, name: str, key: str, shares: dict[str, int]) -> str:
        """SQL that gives one of some SQL values, each as often as its share of the sum of the shares."""
        drawn, upto, cases = self.sql(name, key, sum(shares.values())), 0, []
        for value, share in shares.items():
            upto += share
            cases.append(f"when {drawn} < {upto} then {value}")
        return f"(case {' '.join(cases)} end)"


@cache
def _constants(seed: int, name: str) -> tuple[int, int, int, int]:
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    a, b, c, d = (int.from_bytes(digest[at : at + 8]) % (_PRIME - 1) + 1 for at in range(0, 32, 8))
    return a, b, c, d
