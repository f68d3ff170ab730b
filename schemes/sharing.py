"""One pay that the contracts of a group share: `split_by`, and what such a pay may be reckoned from."""

from __future__ import annotations

from ruamel.yaml.comments import CommentedMap

from prm.words import Words
from schemes.dependencies import needed_by
from schemes.draft import Draft
from schemes.model import PERIOD, Attribute, Component, Measure, NamedValue, Scheme, Tiers
from schemes.problems import nearest
from schemes.reading import Reader


def split_by(
    draft: Draft, section: CommentedMap, on: str, measures: dict[str, Measure], attributes: dict[str, Attribute]
) -> str | None:
    """The measure, or the attribute, by which a component's pay is shared; None where it is not."""
    if "split_by" not in section:
        return None
    read, name, place = draft.read, str(section["split_by"]), draft.read.at(section, "split_by")
    own = [of.name for of in measures.values() if of.on and of.over == "period" and not of.months_ago and not of.per]
    own += [of.name for of in attributes.values() if of.type == "share"]
    if on != PERIOD or "claws_back" in section:
        read.wrong(
            place, "What is shared is the pay of a period.", "Делится только выплата за период.",
            Words(en="Write on: period.", ru="Напишите on: period."),
        )  # fmt: skip
    elif name not in own:
        read.wrong(
            place, f"'{name}' is no measure of the period's events, and no attribute of the type share.",
            f"«{name}» — не показатель событий периода и не атрибут типа share.",
            nearest(name, own),
        )  # fmt: skip
    else:
        draft.used.add(name)
        return name
    return None


def check_shared(read: Reader, scheme: Scheme) -> None:
    """Notes a shared pay that would not be one for all: its parts would not add up to it."""
    for component in scheme.components.values():
        if component.split_by and component.place and (own := _own_names(scheme, component)):
            read.wrong(
                component.place,
                f"'{own[0]}' is each contract's own, and what is shared must be one for all.",
                f"«{own[0]}» у каждого договора своё, а делимое должно быть одним для всех.",
                Words(
                    en="Use measures of the whole group (whose: whole_group), terms, tables and numbers.",
                    ru="Используйте показатели всей группы (whose: whole_group), условия, таблицы и числа.",
                ),
            )  # fmt: skip


def _own_names(scheme: Scheme, component: Component) -> list[str]:
    """The names by which a rule, through values too, depends on the contract."""
    steps = component.pay.steps if isinstance(component.pay, Tiers) else ()
    names: set[str] = {of for step in steps for of in (step.threshold, step.rate) if isinstance(of, str)}
    waiting: list[Component | NamedValue] = [component]
    while waiting:
        for name in needed_by(waiting.pop()) - names:
            names.add(name)
            waiting += [scheme.values[name]] if name in scheme.values else []

    def is_own(name: str) -> bool:
        measure = scheme.measures.get(name)
        if measure is not None:
            return measure.of_others is None or measure.of_others.whose != "whole_group"
        return name in scheme.attributes or name in scheme.components or name in scheme.limits

    return sorted(name for name in names if is_own(name))
