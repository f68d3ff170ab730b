"""What a measure of others names stands in other schemes too: only several schemes seen together tell of a misspelling."""

from __future__ import annotations

from collections.abc import Iterable

from prm.errors import Place
from prm.words import Words
from schemes.model import Scheme
from schemes.problems import Problem, nearest


def unknown_of_others(looked_at: Iterable[Scheme], known: Iterable[Scheme] = ()) -> list[Problem]:
    """What measures of others add up that no scheme has: `earned: [actvation]` would be 0 for ever.

    looked_at: the schemes whose measures are looked at; known: others, where the names may be too.
    """
    looked_at = list(looked_at)
    together = [*looked_at, *known]
    earned = {name for scheme in together for name in (*scheme.components, *scheme.limits)}
    counted = {name for scheme in together for name in scheme.measures}
    counted |= {of.name for scheme in together for of in scheme.components.values() if of.measures_events}
    found = []
    for scheme in looked_at:
        for measure in scheme.measures.values():
            of = measure.of_others
            names = earned if of and of.what == "earned" else counted
            for name in of.names if of else ():
                if name not in names:
                    found.append(_problem(measure.place or Place(scheme.file), measure.name, name, names))
    return found


def _problem(place: Place, measure: str, name: str, known: set[str]) -> Problem:
    message = Words(
        en=f"'{measure}' adds up '{name}', which none of the schemes has.",
        ru=f"«{measure}» складывает «{name}», а такого нет ни в одной из схем.",
    )
    near = nearest(name, known) if known else Words(en="", ru="")
    if "?" in near.en:
        return Problem(place, message, near)
    together = Words(
        en="Correct it, or name the file of the scheme that has it too.",
        ru="Исправьте или укажите и файл схемы, в которой это есть.",
    )
    return Problem(place, message, together)
