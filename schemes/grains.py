"""What a measure may be `per`: of each outlet, or of each subscriber, by itself."""

from __future__ import annotations

from dataclasses import dataclass

from prm.words import Words


@dataclass(frozen=True)
class Grain:
    """One of them.

    counted: the key of a measure that counts those that reach so much. several: what they are called; in Russian in the
    genitive, as of a number of them.
    """

    name: str
    counted: str
    several: Words


GRAINS = {
    of.name: of
    for of in (
        Grain("outlet", "outlets", Words(en="outlets", ru="торговых точек")),
        Grain("subscriber", "subscribers", Words(en="subscribers", ru="абонентов")),
    )
}
"""By what stands under `per`. Events tell which one they are of in the column `<name>_id`."""
