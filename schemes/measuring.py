"""What a scheme knows of a period: measures of its events and plans, and named values made of them."""

from __future__ import annotations

from decimal import Decimal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.errors import Place
from prm.words import Words
from schemes.draft import NAME, Draft
from schemes.formula import Formula
from schemes.formula_types import UNKNOWN
from schemes.grains import GRAINS, Grain
from schemes.model import Measure, NamedValue, OfOthers
from schemes.problems import nearest
from schemes.shape import keys
from schemes.streams import TYPES, streams

SPANS = ("period", "quarter", "year", "contract")


def measures(draft: Draft, node: CommentedMap) -> dict[str, Measure]:
    """The section `measures`; declares each with its type."""
    read, found = draft.read, {}
    sections = read.named(read.mapping(node, "measures"))
    draft.per = {name: GRAINS[per] for name, section, _ in sections if (per := str(section.get("per"))) in GRAINS}
    known: dict[str, str] = {}
    for name, section, place in sorted(
        sections, key=lambda each: _counted(each[1]) is not None
    ):  # those count by the others
        title, clause = read.words(section, "title"), draft.clause(section)
        draft.declare(name, place)
        if "whose" in section:
            found[name] = _of_others(draft, name, section, title, clause, place)
        elif "plan" in section:
            read.only(section, keys("measure_of_plan"))
            plan = read.text(section, "plan")
            kind = read.choice(section, "type", ("number", "money"), "number")
            found[name] = Measure(
                name, title, "money" if kind == "money" else "number", plan=plan, clause=clause, place=place
            )
        elif grain := _counted(section):
            found[name] = _reaching(draft, name, section, title, clause, place, found, grain)
        else:
            found[name] = _of_events(draft, name, section, title, clause, place)
        known[name] = UNKNOWN if "sum" in section and found[name].sum is None else found[name].type
        if name not in draft.per:
            draft.of_period[name] = known[name]
    draft.known_before |= known  # only now: no formula of a measure is made of another
    return {name: found[name] for name, _, _ in sections}


def _of_events(
    draft: Draft, name: str, section: CommentedMap, title: Words, clause: str | None, place: Place
) -> Measure:
    read = draft.read
    read.only(section, keys("measure_of_events"))
    on = read.choice(section, "on", tuple(streams()))
    after = draft.after(section, on)
    types = draft.names(on, after)
    of_each = summed(draft, section, "sum", types) if "sum" in section else None
    over = read.choice(section, "over", SPANS, "period")
    months_ago = read.whole(section, "months_ago", 0)
    if months_ago and over != "period":
        read.wrong(
            read.at(section, "months_ago"), "'months_ago' is of one period: it does not go with 'over'.",
            "«months_ago» — об одном периоде: с «over» не сочетается.",
        )  # fmt: skip
    per = read.choice(section, "per", tuple(GRAINS)) if "per" in section else None
    if per and (months_ago or over != "period"):
        read.wrong(
            read.at(section, "per"), f"What is measured per {per} is of the period alone: it goes with neither 'over' nor 'months_ago'.",
            f"Для отдельных {GRAINS[per].several.ru} измеряется только сам период: с «over» и «months_ago» не сочетается.",
        )  # fmt: skip
    return Measure(
        name, title, "money" if of_each and of_each.type == "money" else "number", on=on,
        conditions=draft.conditions(section, types), sum=of_each,
        over=over, months_ago=months_ago, after=after, per=per, clause=clause, place=place,  # type: ignore[arg-type]
    )  # fmt: skip


def _counted(section: CommentedMap) -> Grain | None:
    """What a measure counts that reach so much; None where it counts no such."""
    return next((grain for grain in GRAINS.values() if grain.counted in section), None)


def _reaching(
    draft: Draft, name: str, section: CommentedMap, title: Words, clause: str | None, place: Place,
    known: dict[str, Measure], grain: Grain,
) -> Measure:  # fmt: skip
    """A measure that counts the outlets, or subscribers, that reach so much by another one. known: the measures of before."""
    read, key = draft.read, grain.counted
    of, several = str(section[key]), grain.several
    read.only(section, keys(f"measure_of_{key}"))
    if draft.per.get(of) is not grain or of not in known:
        own = [other for other, per in draft.per.items() if per is grain]
        read.wrong(
            read.at(section, key), f"'{of}' is no measure of single {several.en}.",
            f"«{of}» — не показатель отдельных {several.ru}.",
            nearest(of, own) if own else Words(
                en=f"Name a measure of events that has per: {grain.name}.",
                ru=f"Укажите показатель событий, у которого per: {grain.name}.",
            ),
        )  # fmt: skip
        return Measure(name, title, "number", plan=name, place=place)
    draft.used.add(of)
    at_least = draft.operand(section, "at_least", known[of].type)
    if isinstance(at_least, Decimal) and at_least <= 0:
        read.wrong(
            read.at(section, "at_least"), f"{several.en.capitalize()} are counted that reach more than 0.",
            f"Количество {several.ru} считается по порогу больше 0.",
        )  # fmt: skip
    return Measure(name, title, "number", at_least=at_least, clause=clause, place=place, **{key: of})  # type: ignore[arg-type]


def _of_others(
    draft: Draft, name: str, section: CommentedMap, title: Words, clause: str | None, place: Place
) -> Measure:
    read = draft.read
    read.only(section, keys("measure_of_others"))
    whose = read.choice(section, "whose", ("below", "group", "whole_group"))
    level = read.whole(section, "level", 1)
    if level < 1 or (whose != "below" and "level" in section):
        read.wrong(
            read.at(section, "level"), "'level' counts from 1, and is of those below.",
            "«level» считается с 1 и только для нижестоящих.",
        )  # fmt: skip
    kinds = [kind for kind in ("earned", "counted") if kind in section]
    if len(kinds) != 1:
        read.wrong(
            read.at(section), "Say what of theirs is added up: 'earned' or 'counted'.",
            "Укажите, что у них складывается: earned или counted.",
            Words(en="Such as earned: all, or counted: [connected].", ru="Например, earned: all или counted: [connected]."),
        )  # fmt: skip
        return Measure(name, title, "money", plan=name, place=place)
    if whose == "whole_group" and kinds[0] == "earned":
        read.wrong(
            read.at(section, "earned"), "What all earn is not known while each is reckoned: of the whole group only 'counted'.",
            "Заработанное всеми неизвестно, пока рассчитывается каждый: для whole_group только counted.",
        )  # fmt: skip
    kind = "money" if kinds[0] == "earned" else read.choice(section, "type", ("number", "money"), "number")
    return Measure(
        name, title, "money" if kind == "money" else "number",
        of_others=OfOthers(whose, kinds[0], _names(draft, section, kinds[0]), max(level, 1)),  # type: ignore[arg-type]
        clause=clause, place=place,
    )  # fmt: skip


def _names(draft: Draft, section: CommentedMap, key: str) -> tuple[str, ...]:
    """The components or measures of others that are added up; they stand in other schemes too, so any name will do."""
    raw = section[key]
    if raw == "all" and key == "earned":
        return ()
    if isinstance(raw, CommentedSeq) and raw and all(isinstance(name, str) and NAME.fullmatch(name) for name in raw):
        return tuple(dict.fromkeys(str(name) for name in raw))
    draft.read.wrong(
        draft.read.at(section, key), f"'{key}' lists names.", f"«{key}» перечисляет имена.",
        Words(en="Such as [activation, charges].", ru="Например, [activation, charges]."),
    )  # fmt: skip
    return ("nothing",)


def summed(draft: Draft, node: CommentedMap, key: str, types: dict[str, str]) -> Formula | None:
    """The formula of what each event adds to a sum: money, or a number."""
    formula = draft.formula(node, key, types, None)
    if formula and formula.type not in ("money", "number"):
        draft.read.wrong(
            draft.read.at(node, key), "Only money and numbers are added up.", "Складываются только деньги и числа."
        )
        return None
    return formula


def declare_values(draft: Draft, node: CommentedMap) -> None:
    """Declares the names of the section `values`, so that formulas before it may use them."""
    for name, section, place in draft.read.named(draft.read.mapping(node, "values")):
        draft.declare(name, place)
        kind = draft.read.choice(section, "type", TYPES)
        draft.values[name] = kind if section.get("type") in TYPES else UNKNOWN
    draft.of_period |= draft.values
    draft.known_before |= draft.values


def values(draft: Draft, node: CommentedMap) -> dict[str, NamedValue]:
    """The section `values`."""
    read, found = draft.read, {}
    known = len(read.problems)
    sections = read.named(read.mapping(node, "values"))
    del read.problems[known:]  # what is wrong with the names was noted when they were declared
    for name, section, place in sections:
        read.only(section, keys("value"))
        if "formula" not in section:
            read.missing(section, "formula")
            continue
        formula = draft.formula(section, "formula", draft.names("period"), draft.values[name])
        if formula:
            found[name] = NamedValue(
                name, formula.type, read.words(section, "title"), formula, draft.clause(section), place
            )
    return found
