"""The rules of a scheme: components with what they pay, and limits."""

from __future__ import annotations

from decimal import Decimal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.errors import Place
from prm.words import Words
from schemes.draft import Draft
from schemes.formula import Formula
from schemes.measuring import SPANS, summed
from schemes.model import PERIOD, Attribute, Clawback, Component, Limit, Measure, Step, Tiers
from schemes.problems import nearest
from schemes.shape import keys
from schemes.sharing import split_by
from schemes.streams import streams
from schemes.subscriber_caps import check_cap_on_subscribers
from schemes.taking_back import NOTHING_KEPT, clawback, kept

_COUNTING = ("slice", "whole", "interpolated")
_RATES = ("each", "share", "fixed")
_NO_TIERS = Tiers("count", None, "slice", "above", ())


def declare_totals(draft: Draft, node: CommentedMap) -> None:
    """Declares the names of components and limits: each stands for its total."""
    for section in ("components", "limits"):
        for name, _, place in draft.read.named(draft.read.mapping(node, section)):
            draft.declare(name, place)
            draft.of_period[name] = "money"


def components(
    draft: Draft, node: CommentedMap, measures: dict[str, Measure], attributes: dict[str, Attribute]
) -> dict[str, Component]:
    """The section `components`."""
    read, found = draft.read, {}
    known = len(read.problems)
    sections = read.named(read.mapping(node, "components"))
    del read.problems[known:]  # noted when the names were declared
    if "components" not in node:
        read.missing(node, "components")
    elif not sections and node.get("components") == {}:
        read.wrong(
            read.at(node, "components"), "A scheme without components pays nothing.",
            "Схема без составляющих ничего не выплачивает.",
        )  # fmt: skip
    for name, section, place in sections:
        with draft.part(name):
            found[name] = _component(draft, name, section, place, [of for of, _, _ in sections], measures, attributes)
    return found


def _component(
    draft: Draft, name: str, section: CommentedMap, place: Place, known: list[str], measures: dict[str, Measure],
    attributes: dict[str, Attribute],
) -> Component:  # fmt: skip
    read = draft.read
    read.only(section, keys("component"))
    on = read.choice(section, "on", (*streams(), PERIOD))
    after = draft.after(section, on)
    types = draft.names(on, after)
    if on != PERIOD and _is_measured(section):  # what its events come to is a measure too: it is made of no other
        types = {of: kind for of, kind in types.items() if of not in draft.known_before}
    takes = clawback(draft, section, on, known)
    return Component(
        name=name, title=read.words(section, "title"), on=on,
        conditions=draft.conditions(section, types), pay=_pay(draft, section, on, types, takes), after=after,
        claws_back=takes, split_by=split_by(draft, section, on, measures, attributes), clause=draft.clause(section), place=place,
    )  # fmt: skip


def _is_measured(section: CommentedMap) -> bool:
    """Whether a component's events are added up over the period, or over several."""
    pay = section.get("pay")
    tiers = pay.get("tiers") if isinstance(pay, CommentedMap) else None
    if not isinstance(tiers, CommentedMap):
        return False
    over = tiers.get("over", "period")
    return over != "event" and not (over == "period" and tiers.get("in_order") is True)


def _pay(
    draft: Draft, section: CommentedMap, on: str, types: dict[str, str], takes: Clawback | None
) -> Formula | Tiers:
    """What is paid; of a component that claws back, what is kept of it."""
    key = "keeps" if takes else "pay"
    if takes and "pay" in section:
        draft.read.wrong(
            draft.read.at(section, "pay"), "What claws back pays nothing: say what it 'keeps'.",
            "Возврат ничего не выплачивает: укажите в «keeps», что остаётся.",
        )  # fmt: skip
    if takes and on != PERIOD:
        return kept(draft, section, types, takes.within)
    if takes and key not in section:
        return NOTHING_KEPT
    pay = section.get(key)
    if pay is None:
        draft.read.missing(section, key)
    elif isinstance(pay, CommentedMap):
        draft.read.only(pay, ("tiers",))
        tiers = draft.read.mapping(pay, "tiers", required=True)
        return _tiers(draft, tiers, on, types) if tiers else _NO_TIERS
    elif formula := draft.formula(section, key, types | ({"paid": "money"} if takes else {}), "money"):
        return formula
    return _NO_TIERS


def _tiers(draft: Draft, node: CommentedMap, on: str, types: dict[str, str]) -> Tiers:
    read = draft.read
    read.only(node, keys("tiers"))
    by, measure = _measure(draft, node, on, types)
    over = read.choice(node, "over", (*SPANS, "event"), "period")
    in_order = read.flag(node, "in_order")
    counting = read.choice(node, "counting", _COUNTING)
    if by == "value" and (over != "period" or in_order):
        read.wrong(
            read.at(node, "over" if "over" in node else "in_order"),
            "'over' and 'in_order' go with events; give a measure its own 'over'.",
            "«over» и «in_order» — только для событий; у показателя есть своё «over».",
        )  # fmt: skip
        over, in_order = "period", False
    if over == "event" and (in_order or by == "count"):
        read.wrong(
            read.at(node, "over"), "A single event has a sum, but no number and no order.",
            "У одного события есть сумма, но нет количества и порядка.",
        )  # fmt: skip
    pays = _pays(draft, node, "number" if measure is None else measure.type)
    applied_to = None
    if "applied_to" in node:
        applied_to = draft.formula(node, "applied_to", types, None)
        if counting == "slice" or by != "value":
            read.wrong(
                read.at(node, "applied_to"), "'applied_to' needs a measure of the period, and counting: whole or interpolated.",
                "«applied_to» требует показателя за период и counting: whole или interpolated.",
            )  # fmt: skip
    boundary = "above"
    steps: list[Step] = []
    raw = node.get("steps")
    if not isinstance(raw, CommentedSeq) or not raw:
        read.wrong(
            read.at(node, "steps"), "'steps' must be a list of tiers.", "«steps»: нужен список ступеней.",
            Words(en='Such as - {above: 0, each: "50.00"}.', ru='Например, - {above: 0, each: "50.00"}.'),
        )  # fmt: skip
    else:
        boundary, steps = _steps(draft, raw, "number" if measure is None else measure.type, pays, by == "count")
    is_known = (measure is not None or by == "count") and (applied_to is not None or "applied_to" not in node)
    if is_known:  # else what is measured is wrong itself, and was noted
        _suits(draft, node, pays, measure, applied_to)
    return Tiers(
        by=by, measure=measure, counting=counting, boundary=boundary, steps=tuple(steps), pays=pays,  # type: ignore[arg-type]
        over=over, in_order=in_order, applied_to=applied_to,  # type: ignore[arg-type]
    )  # fmt: skip


def _measure(draft: Draft, node: CommentedMap, on: str, types: dict[str, str]) -> tuple[str, Formula | None]:
    read, by = draft.read, node.get("by")
    if on == PERIOD:
        if "of" in node:
            formula = draft.formula(node, "of", types, None)
            if formula and formula.type not in ("money", "number", "share"):
                read.wrong(
                    read.at(node, "of"),
                    "Tiers are of money, a number or a share.",
                    "Ступени бывают у денег, чисел и долей.",
                )
                formula = None
            return "value", formula
        read.wrong(
            read.at(node), "'of' says what is measured over the period.", "«of» задаёт, что измеряется за период.",
            Words(en="Write of: and a measure's name.", ru="Напишите of: и имя показателя."),
        )  # fmt: skip
        return "value", None
    if by == "count" and "of" not in node:
        return "count", None
    if isinstance(by, CommentedMap) and set(by) == {"sum"} and "of" not in node:
        return "sum", summed(draft, by, "sum", types)
    read.wrong(
        read.at(node, "by" if "by" in node else "of"), "'by' says what is measured.", "«by» задаёт, что измеряется.",
        Words(en="Write by: count, or by: {sum: amount}.", ru="Напишите by: count или by: {sum: amount}."),
    )  # fmt: skip
    return "count", None


def _pays(draft: Draft, node: CommentedMap, unit: str) -> str:
    """Which rate the tiers are written with: the first step's word, else what suits the measure."""
    usual = {"money": "share", "number": "each", "share": "fixed"}[unit]
    steps = node.get("steps")
    first = steps[0] if isinstance(steps, CommentedSeq) and steps else None
    return next((word for word in _RATES if isinstance(first, CommentedMap) and word in first), usual)


def _suits(draft: Draft, node: CommentedMap, pays: str, measure: Formula | None, applied_to: Formula | None) -> None:
    unit = applied_to.type if applied_to else measure.type if measure else "number"
    if pays == "fixed" and applied_to is not None:
        draft.read.wrong(
            draft.read.at(node, "applied_to"),
            "A fixed sum is applied to nothing.",
            "Твёрдая сумма ни к чему не применяется.",
        )
    elif (pays == "each" and unit != "number") or (pays == "share" and unit != "money"):
        draft.read.wrong(
            draft.read.at(node, "steps"), f"'{pays}' does not go with {unit}: 'share' is of money, 'each' of a number.",
            f"«{pays}» не подходит к типу {unit}: share — для денег, each — для чисел.",
        )  # fmt: skip


def _steps(draft: Draft, raw: CommentedSeq, unit: str, pays: str, is_count: bool) -> tuple[str, list[Step]]:
    read = draft.read
    boundaries: set[str] = set()
    steps: list[Step] = []
    for index, item in enumerate(raw):
        if not isinstance(item, CommentedMap):
            read.wrong(read.at(raw, index), "A tier is a mapping.", "Ступень: нужны пары «имя: значение».")
            continue
        read.only(item, tuple(key for key in keys("step") if key == pays or key not in _RATES))
        words = [word for word in ("above", "from") if word in item]
        if len(words) != 1:
            read.wrong(
                read.at(item), "A tier has one threshold: 'above' or 'from'.", "У ступени один порог: above или from.",
                Words(
                    en="'above: 50' leaves exactly 50 to the tier below, 'from: 50' takes it.",
                    ru="«above: 50» оставляет ровно 50 нижней ступени, «from: 50» забирает себе.",
                ),
            )  # fmt: skip
            continue
        boundaries.add(words[0])
        threshold = _threshold(draft, item, words[0], unit, is_count)
        rate = draft.operand(item, pays, "share" if pays == "share" else "money")
        if threshold is None or rate is None:
            continue
        _in_its_place(draft, item, words[0], threshold, steps, index)
        steps.append(Step(threshold, rate))
    if len(boundaries) > 1:
        read.wrong(
            read.at(raw, 0), "'above' and 'from' stand in one table.", "В одной таблице и above, и from.",
            Words(en="Choose one: the boundary belongs to the same side everywhere.",
                  ru="Выберите одно: граница везде относится к одной стороне."),
        )  # fmt: skip
    return (boundaries.pop() if boundaries else "above"), steps


def _in_its_place(
    draft: Draft, item: CommentedMap, word: str, threshold: Decimal, steps: list[Step], index: int
) -> None:
    """Notes a threshold that leaves a gap or does not rise."""
    if steps and threshold <= steps[-1].threshold:
        draft.read.wrong(
            draft.read.at(item, word), f"The threshold {threshold} does not rise above {steps[-1].threshold}.",
            f"Порог {threshold} не больше предыдущего ({steps[-1].threshold}).",
            Words(en="Tiers stand in rising order, each once.", ru="Ступени идут по возрастанию, каждая один раз."),
        )  # fmt: skip
    if not steps and index == 0 and threshold != 0:
        draft.read.wrong(
            draft.read.at(item, word), f"The first tier begins at {threshold}: below it nothing is said.",
            f"Первая ступень начинается с {threshold}: ниже ничего не сказано.",
            Words(en="Begin with 0, if need be at a rate of 0.", ru="Начните с 0, при необходимости со ставкой 0."),
        )  # fmt: skip


def _threshold(draft: Draft, item: CommentedMap, key: str, unit: str, is_count: bool) -> Decimal | None:
    value = draft.read.value(item[key], unit, draft.read.at(item, key))
    if isinstance(value, Decimal) and is_count and value != value.to_integral_value():
        draft.read.wrong(
            draft.read.at(item, key), "A count's threshold is a whole number.", "Порог количества — целое число."
        )
        return None
    return value if isinstance(value, Decimal) else None


def limits(
    draft: Draft, node: CommentedMap, components: dict[str, Component], measures: dict[str, Measure]
) -> dict[str, Limit]:
    """The section `limits`: of components, of measures of what others earned, and of caps on subscribers."""
    earned = [name for name, of in measures.items() if of.of_others and of.of_others.what == "earned"]
    read, found = draft.read, {}
    noted = len(read.problems)
    sections = read.named(read.mapping(node, "limits"))
    del read.problems[noted:]  # noted when the names were declared
    caps = [name for name, section, _ in sections if section.get("per") == "subscriber"]
    for name, section, place in sections:
        known = [*components, *(cap for cap in caps if cap != name), *([] if name in caps else earned)]
        with draft.part(name):
            if limit := _limit(draft, name, section, place, known):
                found[name] = limit
    return found


def _limit(draft: Draft, name: str, section: CommentedMap, place: Place, known: list[str]) -> Limit | None:
    read = draft.read
    read.only(section, keys("limit"))
    of = _limited(draft, section, known)
    bounds = [word for word in ("at_most", "at_least") if word in section]
    if len(bounds) != 1:
        read.wrong(
            read.at(section), "A limit is either 'at_most' or 'at_least'.", "Предел — это либо at_most, либо at_least.",
            Words(en="Write a cap and a guarantee as two limits.", ru="Потолок и гарантию запишите двумя пределами."),
        )  # fmt: skip
        return None
    amount = draft.operand(section, bounds[0], "money")
    if isinstance(amount, Decimal) and amount < 0:
        read.wrong(read.at(section, bounds[0]), "A limit is not negative.", "Предел не бывает отрицательным.")
    recoverable = read.flag(section, "recoverable")
    if recoverable and bounds[0] == "at_most":
        read.wrong(
            read.at(section, "recoverable"),
            "Only a guarantee is recoverable.",
            "Возвратной бывает только гарантия.",
        )
    per = read.choice(section, "per", ("subscriber",)) if "per" in section else None
    check_cap_on_subscribers(draft, section, is_one="per" in section)
    return Limit(
        name, read.words(section, "title"), of, bounds[0],  # type: ignore[arg-type]
        amount if amount is not None else Decimal(0),
        draft.conditions(section, draft.names(PERIOD)), recoverable,
        "subscriber" if per else None, read.choice(section, "over", ("period", "contract"), "period"),  # type: ignore[arg-type]
        draft.clause(section), place,
    )  # fmt: skip


def _limited(draft: Draft, section: CommentedMap, known: list[str]) -> tuple[str, ...]:
    read, raw = draft.read, section.get("of")
    if not isinstance(raw, CommentedSeq) or not raw:
        read.wrong(
            read.at(section, "of"), "'of' lists the components that are limited.", "«of» перечисляет составляющие.",
            Words(en="Such as of: [activation, revenue].", ru="Например, of: [activation, revenue]."),
        )  # fmt: skip
        return ()
    other = Words(en="a measure of what others earned", ru="показателя чужого вознаграждения")
    if "per" in section:
        other = Words(en="another cap per subscriber", ru="другого предела на абонента")
    for index, name in enumerate(raw):
        if not isinstance(name, str) or name not in known:
            read.wrong(
                read.at(raw, index), f"There is no component '{name}', nor {other.en}.",
                f"Нет составляющей «{name}» или {other.ru}.", nearest(str(name), known),
            )  # fmt: skip
    draft.used |= {str(name) for name in raw}
    return tuple(dict.fromkeys(str(name) for name in raw if isinstance(name, str) and name in known))
