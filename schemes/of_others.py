"""What a measure of others names stands in other schemes too: only several schemes seen together tell of a misspelling."""

from __future__ import annotations

from collections.abc import Iterable

from prm.errors import Place
from prm.words import Words
from schemes.grains import GRAINS, Grain
from schemes.model import Measure, Scheme
from schemes.problems import Problem, nearest


def unknown_of_others(looked_at: Iterable[Scheme], known: Iterable[Scheme] = ()) -> list[Problem]:
    """What measures of others add up that no scheme has: `earned: [actvation]` would be 0 for ever.

    looked_at: the schemes whose measures are looked at; known: others, where the names may be too.
    """
    looked_at = list(looked_at)
    together = [*looked_at, *known]
    earned = {name for scheme in together for name in (*scheme.components, *scheme.limits)}
    counted = {name for scheme in together for name, of in scheme.measures.items() if not of.counts_by}
    grains = {
        name: GRAINS[scheme.measures[of.counts_by].per or ""]
        for scheme in together
        for name, of in scheme.measures.items()
        if of.counts_by and name not in counted
    }
    counted |= {of.name for scheme in together for of in scheme.components.values() if of.measures_events}
    found = []
    for scheme in looked_at:
        for measure in scheme.measures.values():
            of = measure.of_others
            names = earned if of and of.what == "earned" else counted
            for name in of.names if of else ():
                if name not in names:
                    place = measure.place or Place(scheme.file)
                    if of and of.what == "counted" and name in grains:
                        found.append(_no_events(place, measure.name, name, grains[name]))
                    else:
                        found.append(_problem(place, measure.name, name, names))
    return found


def uncounted(looked_at: Iterable[Scheme], known: Iterable[Scheme] = ()) -> list[Problem]:
    """Measures of events that neither their own scheme uses nor a measure of others counts, in any of the schemes.

    looked_at: the schemes whose measures are looked at; known: others that may count them.
    """
    looked_at = list(looked_at)
    counted = {
        name
        for scheme in (*looked_at, *known)
        for measure in scheme.measures.values()
        if measure.of_others and measure.of_others.what == "counted"
        for name in measure.of_others.names
    }
    found = []
    for scheme in looked_at:
        used = {name for formula in scheme.formulas() for name in formula.names()} | counted
        used |= {of.split_by for of in scheme.components.values() if of.split_by}
        used |= {of.counts_by for of in scheme.measures.values() if of.counts_by}
        found += [_uncounted(scheme, of) for of in scheme.measures.values() if of.on and of.name not in used]
    return found


def _uncounted(scheme: Scheme, measure: Measure) -> Problem:
    return Problem(
        measure.place or Place(scheme.file),
        Words(
            en=f"'{measure.name}' is used by no rule of its scheme, and no other scheme counts it.",
            ru=f"«{measure.name}» не используется ни в одном правиле своей схемы, и ни одна другая его не считает.",
        ),
        Words(
            en="Use it, remove it, or name the file of the scheme that counts it too.",
            ru="Используйте его, уберите или укажите и файл схемы, которая его считает.",
        ),
    )


def _no_events(place: Place, measure: str, name: str, grain: Grain) -> Problem:
    return Problem(
        place,
        Words(
            en=f"'{measure}' adds up '{name}', which counts {grain.several.en} and is known to its own contract only.",
            ru=f"«{measure}» складывает «{name}», а это количество {grain.several.ru}: оно известно только своему договору.",
        ),
        Words(en="Add up measures of events.", ru="Складывайте показатели событий."),
    )


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
