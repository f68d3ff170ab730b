"""What is known of the names that formulas use, before anything happens: ranges, kinds of words, ages."""

from __future__ import annotations

from decimal import Decimal

from schemes.model import Delay, Scheme, Term
from schemes.model_names import INSTALMENTS, MONTHS
from schemes.possible import ANYTHING, Known, exactly
from schemes.streams import streams

COUNT = Known(low=Decimal(0), is_whole=True)
"""A number of something."""
_LAST_MONTHS = dict(zip(MONTHS, (12, 3), strict=True))


def of_scheme(scheme: Scheme) -> dict[str, Known]:
    """The months, the attributes within their ranges, and the terms with their values from the scheme's first day on."""
    found = {
        name: Known(low=Decimal(1), high=Decimal(last), is_whole=True, is_sure=True)
        for name, last in _LAST_MONTHS.items()
    }
    found |= {
        name: Known(low=of.between[0], high=of.between[1], is_sure=True) if of.between else Known(is_sure=True)
        for name, of in scheme.attributes.items()
    }
    return found | {name: _of_term(term, scheme) for name, term in scheme.terms.items()}


def _of_term(term: Term, scheme: Scheme) -> Known:
    begin = max((of.valid_from for of in term.values if of.valid_from <= scheme.valid_from), default=scheme.valid_from)
    held = [exactly(of.value) for of in term.values if of.valid_from >= begin]
    found = held[0] if held else ANYTHING
    for other in held[1:]:
        found = found.either(other)
    return found


def of_events(stream: str, number: int = 1, delay: Delay | None = None, count: int = 1) -> dict[str, Known]:
    """What is known of a stream's names; of activations looked at later, at one of the times."""
    age = {"days_since_activation": COUNT, "months_since_activation": COUNT}
    if stream == "activation":
        age = dict.fromkeys(age, exactly(Decimal(0)))
    if delay and delay.unit == "days":
        age = {
            "days_since_activation": exactly(Decimal(delay.count)),
            "months_since_activation": Known(Decimal(delay.count // 31), Decimal(delay.count // 28), is_whole=True),
        }
    elif delay:
        age = {
            "days_since_activation": Known(Decimal(delay.count * 28), Decimal(delay.count * 31), is_whole=True),
            "months_since_activation": exactly(Decimal(delay.count)),
        }
    instalments = dict(zip(INSTALMENTS, (exactly(Decimal(number)), exactly(Decimal(count))), strict=True))
    held = {name: Known(words=frozenset(of.words)) for name, of in streams()[stream].names.items() if of.words}
    return {**held, **age, **(instalments if delay else {})}
