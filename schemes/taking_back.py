"""What a component takes back: `claws_back`, with the window in which it does, and what may be kept."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Literal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.words import Words
from schemes.draft import Draft
from schemes.formula import Formula
from schemes.formula import parse as parse_formula
from schemes.model import PERIOD, Clawback, Component, Delay, Limit
from schemes.model_names import OF_WHAT_WAS_PAID
from schemes.problems import nearest
from schemes.shape import keys

NOTHING_KEPT = parse_formula("0.00", {}, "money")
"""What is kept where nothing is said: it is taken back in full."""
_NOT_FROM = ("charge", "payment")


def clawback(draft: Draft, section: CommentedMap, on: str, known: list[str]) -> Clawback | None:
    """What a component's section says of taking back; None where it takes nothing back.

    known: the names of the scheme's components.
    """
    read = draft.read
    if "claws_back" not in section:
        for key in ("within", "keeps", "months_ago"):
            if key in section:
                read.wrong(
                    read.at(section, key),
                    f"'{key}' goes with 'claws_back'.",
                    f"«{key}» — только вместе с «claws_back».",
                )
        return None
    if on in _NOT_FROM:
        read.wrong(
            read.at(section, "on"), f"A {on} takes nothing back: its credits and refunds are negative amounts.",
            f"Событие «{on}» ничего не возвращает: возвраты — это отрицательные суммы.",
        )  # fmt: skip
    if on == section.get("on") == "activation" and "after" not in section:
        read.wrong(
            read.at(section, "on"), "An activation takes something back only later: say 'after' how long.",
            "Активация возвращает только позже: задайте «after».",
        )  # fmt: skip
    of = _names(draft, section, known)
    if on == PERIOD:
        if "within" in section:
            read.wrong(
                read.at(section, "within"), "'within' goes with events; a period is looked at again 'months_ago'.",
                "«within» — только для событий; период пересматривается через «months_ago».",
            )  # fmt: skip
        months_ago = read.whole(section, "months_ago", 0)
        if months_ago < 1 or len(of) != 1:
            read.wrong(
                read.at(section, "months_ago" if "months_ago" in section else "claws_back"),
                "For the period, one component is looked at again, so many 'months_ago'.",
                "За период пересматривается одна составляющая, через «months_ago» месяцев.",
                Words(en="Such as claws_back: [bonus] and months_ago: 3.", ru="Например, claws_back: [bonus] и months_ago: 3."),
            )  # fmt: skip
        return Clawback(of, months_ago=months_ago)
    if "months_ago" in section:
        read.wrong(
            read.at(section, "months_ago"), "'months_ago' goes with on: period.", "«months_ago» — только с on: period."
        )
    within, since, not_counting = _window(draft, section)
    return Clawback(of, within, since, not_counting)


def kept(draft: Draft, section: CommentedMap, types: dict[str, str], window: Delay | None) -> Formula:
    """What of the pay is kept when an event takes it back."""
    if "keeps" not in section:
        return NOTHING_KEPT
    names = types | OF_WHAT_WAS_PAID
    if window is None and "within" not in section:
        del names["window"]
    return draft.formula(section, "keeps", names, "money") or NOTHING_KEPT


def _names(draft: Draft, section: CommentedMap, known: list[str]) -> tuple[str, ...]:
    read, raw = draft.read, section["claws_back"]
    if not isinstance(raw, CommentedSeq) or not raw:
        read.wrong(
            read.at(section, "claws_back"), "'claws_back' lists the components whose pay is taken back.",
            "«claws_back» перечисляет составляющие, выплата по которым возвращается.",
            Words(en="Such as claws_back: [activation].", ru="Например, claws_back: [activation]."),
        )  # fmt: skip
        return ()
    for index, name in enumerate(raw):
        if name not in known:
            read.wrong(
                read.at(raw, index), f"There is no component '{name}'.", f"Нет составляющей «{name}».",
                nearest(str(name), known),
            )  # fmt: skip
    return tuple(dict.fromkeys(str(name) for name in raw if name in known))


def _window(
    draft: Draft, section: CommentedMap
) -> tuple[Delay | None, Literal["event", "activation"], Literal["suspension"] | None]:
    read = draft.read
    if "within" not in section:
        return None, "event", None
    node = section["within"]
    if not isinstance(node, CommentedMap):
        node = CommentedMap()
    read.only(node, keys("within"))
    since = read.choice(node, "since", ("event", "activation"), "event")
    not_counting = read.choice(node, "not_counting", ("suspension",)) if "not_counting" in node else None
    units = [unit for unit in ("days", "months") if unit in node]
    count = read.whole(node, units[0], 0) if len(units) == 1 else 0
    if count < 1:
        read.wrong(
            read.at(section, "within"), "'within' says how many days or months long something may be taken back.",
            "«within» задаёт, сколько дней или месяцев возможен возврат.",
            Words(en="Such as {days: 90} or {months: 6, since: activation}.", ru="Например, {days: 90} или {months: 6, since: activation}."),
        )  # fmt: skip
        return None, since, not_counting  # type: ignore[return-value]
    return Delay(count, units[0]), since, not_counting  # type: ignore[arg-type, return-value]


def check_clawbacks(draft: Draft, components: dict[str, Component], limits: dict[str, Limit]) -> None:
    """Notes clawbacks of what can't be taken back, and caps that would not see what is taken back."""
    try:
        TopologicalSorter({of.name: of.claws_back.of for of in components.values() if of.claws_back}).prepare()
    except CycleError as error:
        place = components[error.args[1][0]].place
        assert place is not None
        circle = " ← ".join(error.args[1])
        draft.read.wrong(place, f"A clawback takes back itself: {circle}.", f"Возврат возвращает сам себя: {circle}.")
        return
    for component in components.values():
        if component.claws_back:
            for name in component.claws_back.of:
                if not {component.name, name} & draft.broken:
                    _fits(draft, component, components[name])
    for limit in limits.values():
        if limit.bound == "at_most" and limit.name not in draft.broken:
            _sees_clawbacks(draft, limit, components)


def _fits(draft: Draft, component: Component, taken: Component) -> None:
    assert component.claws_back is not None and component.place is not None
    wrong, place = draft.read.wrong, component.place
    if component.on == PERIOD and (taken.pays_events or taken.claws_back):
        wrong(
            place, f"'{taken.name}' pays for events: what takes it back is on an event too.",
            f"«{taken.name}» платит за события: возврат тоже должен быть по событию.",
        )  # fmt: skip
    elif component.on != PERIOD and not taken.pays_events:
        wrong(
            place, f"'{taken.name}' pays for the period as a whole: no single event takes it back.",
            f"«{taken.name}» платит за период в целом: отдельное событие его не возвращает.",
            Words(en="Write on: period and months_ago.", ru="Напишите on: period и months_ago."),
        )  # fmt: skip
    elif taken.claws_back and component.pay != NOTHING_KEPT:
        wrong(
            place, f"'{taken.name}' takes back itself: it is given back in full, without 'keeps'.",
            f"«{taken.name}» сама возвращает: восстанавливается вся сумма, без «keeps».",
        )  # fmt: skip


def _sees_clawbacks(draft: Draft, limit: Limit, components: dict[str, Component]) -> None:
    """A cap that cuts what was paid must count what is taken back, or more would be taken than was paid."""
    missing = [
        of.name for of in components.values()
        if of.claws_back and set(of.claws_back.of) & set(limit.of) and of.name not in limit.of
    ]  # fmt: skip
    if missing and limit.place:
        draft.read.wrong(
            limit.place,
            f"'{missing[0]}' takes back what '{limit.name}' limits, and the limit does not count it.",
            f"«{missing[0]}» возвращает то, что ограничивает «{limit.name}», но предел её не учитывает.",
            Words(en=f"Add {missing[0]} to the limit's 'of'.", ru=f"Добавьте {missing[0]} в «of» предела."),
        )  # fmt: skip
