"""Attributes without a default: on each of a contract's days one value must have been agreed, or nothing is calculated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from prm.words import Words
from schemes.agreed import AgreedValue, values_on
from schemes.model import Scheme


@dataclass(frozen=True)
class MissingValue:
    """A required attribute of which a contract has no value from a day on. scheme: the version that requires it."""

    attribute: str
    scheme: Scheme
    day: date

    def words(self, contract_id: str) -> Words:
        """Why the contract can't be calculated, and the command that gives it a value."""
        command = f"prm registry set-attribute {self.attribute} {{value}} --contract {contract_id} --from {self.day}"
        name, version = self.scheme.scheme, self.scheme.version
        return Words(
            en=f"scheme {name} v{version} requires a value of {self.attribute}, and from {self.day} on there is none: "
            + command.format(value="VALUE"),
            ru=f"схема {name} v{version} требует значения {self.attribute}, а с {self.day} его нет: "
            + command.format(value="ЗНАЧЕНИЕ"),
        )


def missing_on(scheme: Scheme, values: Iterable[AgreedValue], day: date) -> MissingValue | None:
    """The first attribute that a version requires and nobody has agreed on a day. values: as `AgreedValues.of` gives them."""
    if not (required := scheme.required):
        return None
    held = values_on(values, day)
    return next((MissingValue(name, scheme, day) for name in required if name not in held), None)


def missing_values(
    ranges: Iterable[tuple[date, date, Scheme]], values: tuple[AgreedValue, ...]
) -> Iterator[MissingValue]:
    """Of each range of days every required attribute that has no value on one of them, with the first such day.

    ranges: first day, the day after the last, the version that the contract is under, as `notice.in_force` gives them.
    """
    for first, until, scheme in ranges:
        days = sorted({first, *(value.since for value in values if first < value.since < until)})
        held = [(day, values_on(values, day)) for day in days] if scheme.required else []
        for name in scheme.required:
            if day := next((day for day, of in held if name not in of), None):
                yield MissingValue(name, scheme, day)
