"""From which day a scheme's version applies to a contract: from its first day, or once the contract's notice is over.

A contract may demand that changes be announced so many days ahead (`notice_days`). A version is announced on its
`announced_on`; one that doesn't say when counts as announced on its first day, and so applies that many days later.
Notice is for changes only: the version that is in force when the contract begins (or the scheme's first one, where
the contract is older than the scheme) applies from its own first day. Until the notice of a version is over, the
version before it goes on; a version whose notice ends after that of its successor never applies to the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from schemes.model import Scheme


def applies_from(version: Scheme, first: Scheme, *, begins: date, notice_days: int | None) -> date:
    """The first day on which a version may apply to a contract.

    first: the first version of the scheme. begins: the contract's first day. notice_days: what it demands; None: nothing,
    0: that no version applies before it was announced.
    """
    if notice_days is None or version.valid_from <= max(begins, first.valid_from):
        return version.valid_from
    announced = version.announced_on or version.valid_from
    return max(version.valid_from, date.fromordinal(min(announced.toordinal() + notice_days, date.max.toordinal())))


def in_force(
    versions: Iterable[Scheme], *, begins: date, notice_days: int | None, first: date, until: date
) -> Iterator[tuple[date, date, Scheme]]:
    """Which of its scheme's versions a contract is under from a day on, before another: first day, day after, version.

    versions: all of the scheme. begins, notice_days: the contract's, as in `applies_from`. Days before the first version
    are in none of the ranges.
    """
    ordered = sorted(versions, key=lambda of: (of.valid_from, of.version))
    applies = [(applies_from(of, ordered[0], begins=begins, notice_days=notice_days), of) for of in ordered]
    days = sorted({first, *(day for day, _ in applies if first < day < until)}) if first < until else []
    for day, following in zip(days, [*days[1:], until], strict=True):
        begun = [of for since, of in applies if since <= day]
        if begun:
            yield day, following, begun[-1]
