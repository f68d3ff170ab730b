"""Caps on single subscribers: what a limit with `per: subscriber` may be of, and in which order such limits cut.

One cap sees what another has cut where it lists it in its `of`; a limit of the contract sees it in the same way. So
what is listed twice without that would be cut twice, and is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from graphlib import TopologicalSorter

from ruamel.yaml.comments import CommentedMap

from prm.words import Words
from schemes.draft import Draft
from schemes.model import PERIOD, Component, Limit


def check_cap_on_subscribers(draft: Draft, section: CommentedMap, *, is_one: bool) -> None:
    """Notes what does not go with `per: subscriber`, and what goes with nothing else. is_one: whether it says so."""
    wrong, at = draft.read.wrong, draft.read.at
    if not is_one:
        if "over" in section:
            wrong(
                at(section, "over"), "'over' goes with 'per: subscriber'.", "«over» — только вместе с «per: subscriber».",
                Words(en="A limit of the contract is of the period.", ru="Предел по договору — за период."),
            )  # fmt: skip
        return
    if "at_least" in section:
        wrong(
            at(section, "at_least"), "A single subscriber has a cap, but no guarantee.",
            "На отдельного абонента бывает потолок, но не гарантия.",
            Words(en="Write at_most, or leave out 'per'.", ru="Напишите at_most или уберите «per»."),
        )  # fmt: skip
    if "where" in section:
        wrong(
            at(section, "where"), "A cap on each subscriber holds without a condition.",
            "Предел на абонента действует без условий.",
            Words(en="Say in the components' 'where' what is paid.", ru="Условия задаются в «where» составляющих."),
        )  # fmt: skip


def check_subscriber_caps(draft: Draft, components: Mapping[str, Component], limits: Mapping[str, Limit]) -> None:
    """Notes caps of what is not paid subscriber by subscriber, and limits that would cut the same twice."""
    sound = {name: limit for name, limit in limits.items() if name not in draft.broken}
    for limit in sound.values():
        if limit.per:
            _is_of_events(draft, limit, components)
        for cap in sound.values():
            if cap.per and cap is not limit:
                _sees(draft, limit, cap, components)


def _is_of_events(draft: Draft, cap: Limit, components: Mapping[str, Component]) -> None:
    assert cap.place is not None
    of = [components[name] for name in cap.of if name in components]
    for component in of:
        if component.name not in draft.broken and (component.on == PERIOD or not component.pays_events):
            draft.read.wrong(
                cap.place, f"'{component.name}' pays for the period as a whole: no part of it is a single subscriber's.",
                f"«{component.name}» платит за период в целом: доли отдельного абонента в ней нет.",
                Words(en="A cap per subscriber is of components that pay for each event.",
                      ru="Предел на абонента — для составляющих, которые платят за каждое событие."),
            )  # fmt: skip
    paying = {component.name for component in of if not component.claws_back}
    for component in of:
        if component.claws_back and not _taken(component, components) & paying:
            draft.read.wrong(
                cap.place, f"'{component.name}' takes back nothing that '{cap.name}' limits.",
                f"«{component.name}» не возвращает ничего из того, что ограничивает «{cap.name}».",
                Words(en="Take it out of 'of'.", ru="Уберите её из «of»."),
            )  # fmt: skip


def _taken(component: Component, components: Mapping[str, Component]) -> set[str]:
    """The paying components of which a clawback takes, or of what was taken of them."""
    found, waiting = set(), [component]
    while waiting:
        of = waiting.pop()
        for name in of.claws_back.of if of.claws_back else ():
            if name not in found and name in components:
                found.add(name)
                waiting.append(components[name])
    return found


def _sees(draft: Draft, limit: Limit, cap: Limit, components: Mapping[str, Component]) -> None:
    """A limit that shares a component with a cap counts what that cuts, of all its components; or is counted by it."""
    wrong, place = draft.read.wrong, limit.place
    assert place is not None
    paying = [name for name in cap.of if name in components and not components[name].claws_back]
    shared = [name for name in paying if name in limit.of]
    if cap.name in limit.of:
        if missing := [name for name in cap.of if name not in (*limit.of, limit.name)]:
            wrong(
                place, f"'{limit.name}' counts what '{cap.name}' cuts, but not '{missing[0]}', of which it may be cut.",
                f"«{limit.name}» учитывает то, что снял «{cap.name}», но не «{missing[0]}», с которой тот мог снять.",
                Words(en=f"Add {missing[0]} to the limit's 'of'.", ru=f"Добавьте {missing[0]} в «of» предела."),
            )  # fmt: skip
        if limit.per and limit.over == "period" and cap.over == "contract":
            wrong(
                place, f"'{limit.name}' is of the month and counts '{cap.name}', which is over the contract.",
                f"«{limit.name}» — за месяц и учитывает «{cap.name}», который считается с начала договора.",
                Words(en=f"Cut the month first: list {limit.name} in {cap.name}, and not the other way round.",
                      ru=f"Сначала месяц: укажите {limit.name} в «of» предела {cap.name}, а не наоборот."),
            )  # fmt: skip
    elif shared and limit.name not in cap.of and (not limit.per or _in_turn(cap) < _in_turn(limit)):
        wrong(
            place, f"'{cap.name}' cuts '{shared[0]}' subscriber by subscriber, and '{limit.name}' does not count it.",
            f"«{cap.name}» ограничивает «{shared[0]}» по каждому абоненту, а «{limit.name}» этого не учитывает.",
            Words(en=f"Add {cap.name} to the limit's 'of'.", ru=f"Добавьте {cap.name} в «of» предела."),
        )  # fmt: skip
    takers = [of.name for of in components.values() if of.claws_back and _taken(of, components) & set(shared)]
    if cap.over == "contract" and limit.per is None and limit.bound == "at_most" and shared and takers:
        wrong(
            place, f"'{limit.name}' and '{cap.name}', which is over the contract, both cut '{shared[0]}', and "
            f"'{takers[0]}' takes it back: how much of it had been paid for one subscriber would not be certain.",
            f"«{limit.name}» и «{cap.name}» (с начала договора) оба сокращают «{shared[0]}», а «{takers[0]}» её "
            "возвращает: сколько из неё выплачено за абонента, было бы неоднозначно.",
            Words(en="Leave out the limit of the contract, or let the cap per subscriber be of the period.",
                  ru="Уберите предел по договору или задайте предел на абонента за период."),
        )  # fmt: skip


def _in_turn(cap: Limit) -> tuple[bool, str]:
    """Of two caps that cut the same, the one that should count the other comes later."""
    return cap.over == "contract", cap.name


def levels_of_caps(of: Mapping[str, AbstractSet[str]]) -> dict[str, int]:
    """The order in which caps on subscribers cut: each after those that it lists.

    of: what each is of, by name; of two versions that meet, what either says. CycleError where each would wait for the
    other.
    """
    found: dict[str, int] = {}
    for name in TopologicalSorter({name: sorted(names & of.keys()) for name, names in of.items()}).static_order():
        found[name] = 1 + max((found[other] for other in of[name] & of.keys()), default=0)
    return found
