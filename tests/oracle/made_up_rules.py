"""Made-up rules: components on events, on the period and taking back, and limits."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.oracle.formulas import conditions
from tests.oracle.made_up_words import (
    AFTER,
    AN_AGE,
    ANY_STREAM,
    CONDITIONS,
    KEEPS,
    KEEPS_OF_FIRST_DAYS,
    KEEPS_OF_PERIOD,
    MONEY,
    NUMBERED,
    PAYS,
    PAYS_AFTER,
    PAYS_CHARGES,
    PAYS_OF_FIRST_DAYS,
    PAYS_OF_PERIOD,
    SHARES,
    SUM_OF_FIRST_DAYS,
    SUMS,
    WHERE_AFTER,
    WHERE_OF_PERIOD,
    WITHIN,
    WORDS,
)


@st.composite
def components(draw: Any) -> dict[str, dict]:
    """The section `components`, with names that measures of others look for: each_charge, c0, c1, p0."""
    made: dict[str, dict] = {
        "each_charge": {"title": WORDS, "on": "charge", "pay": draw(st.sampled_from(PAYS_CHARGES))}
    }
    for number in range(draw(st.integers(4, 7))):
        made[f"c{number}"] = draw(of_events())
    for number in range(draw(st.integers(1, 3))):
        made[f"p{number}"] = draw(of_period())
    for number in range(draw(st.integers(1, 3))):
        made[f"t{number}"] = draw(taking_back(made))
    if draw(st.booleans()):
        made["back"] = draw(giving_back("t0"))
        if draw(st.booleans()):
            made["back_again"] = draw(giving_back("back"))
    if draw(st.booleans()):
        made["shared"] = draw(shared())
    if looked_at := sorted(name for name, of in made.items() if not pays_events(of) and "claws_back" not in of):
        made["again"] = draw(looking_again(looked_at))
    return made


@st.composite
def limits(draw: Any, made: dict[str, dict]) -> dict[str, dict]:
    """The section `limits`: a cap, one of the group, a guarantee, and caps on single subscribers."""
    caps = draw(caps_on_subscribers(made))
    some = st.lists(st.sampled_from(sorted(made)), min_size=1, max_size=4, unique=True)
    bounds = st.sampled_from(["most", "limit", "fee", "75.5", "20.01"])
    where = st.sampled_from([{}, *({"where": text} for text in WHERE_OF_PERIOD)])
    guarantee = {"title": WORDS, "of": _with_caps(draw(some), caps, made), "at_least": draw(bounds), **draw(where)}
    if draw(st.booleans()):
        guarantee["recoverable"] = True
    of_cap, of_group = (
        _with_caps(_with_clawbacks(_but_what_is_counted_again(names, caps, made) or ["p0"], made), caps, made)
        for names in (draw(some), draw(st.sampled_from([["group"], ["group", "each_charge"]])))
    )
    return {
        "cap": {"title": WORDS, "of": of_cap, "at_most": draw(st.sampled_from(["most", "75.5"])), **draw(where)},
        "of_group": {"title": WORDS, "of": of_group, draw(st.sampled_from(["at_most", "at_least"])): draw(bounds)},
        "guarantee": guarantee, **caps,
    }  # fmt: skip


@st.composite
def caps_on_subscribers(draw: Any, made: dict[str, dict]) -> dict[str, dict]:
    """Of the month, over the contract, one over another, or none."""
    paying = sorted(name for name, of in made.items() if pays_events(of) and "claws_back" not in of)
    some = st.lists(st.sampled_from(paying), min_size=1, max_size=3, unique=True)
    bounds = st.sampled_from(["most", "fee", "20.01", "75.5", "300"])
    caps: dict[str, dict] = {}
    for name, over in (("of_month", [{}, {"over": "period"}]), ("whole", [{"over": "contract"}])):
        if draw(st.booleans()):
            of = _with_caps(_with_clawbacks(draw(some), made), caps, made)
            caps[name] = {
                "title": WORDS,
                "of": of,
                "at_most": draw(bounds),
                "per": "subscriber",
                **draw(st.sampled_from(over)),
            }
    return caps


def _paid(names: list[str], made: dict[str, dict]) -> set[str]:
    """What of a limit's names pays: neither what takes back, nor caps, nor measures of others."""
    return {name for name in names if name in made and "claws_back" not in made[name]}


def _with_caps(names: list[str], caps: dict[str, dict], made: dict[str, dict]) -> list[str]:
    """What a limit must list: with a component that a cap cuts, the cap, and all that it is of."""
    while more := [
        other
        for name, cap in caps.items() if name not in names and _paid(cap["of"], made) & set(names)
        for other in dict.fromkeys([*cap["of"], name]) if other not in names
    ]:  # fmt: skip
        names = [*names, *dict.fromkeys(more)]
        names = _with_clawbacks(names, made)
    return names


def _but_what_is_counted_again(names: list[str], caps: dict[str, dict], made: dict[str, dict]) -> list[str]:
    """Without what a cap over the contract is of and something takes back: a cap of the contract can't be of it too."""
    of = caps.get("whole", {"of": []})["of"]
    is_taken = any(set(taking.get("claws_back", ())) & _paid(of, made) for taking in made.values())
    mixed = _paid(of, made) | {
        other for cap in caps.values() if _paid(cap["of"], made) & _paid(of, made) for other in cap["of"]
    }
    return [name for name in names if not is_taken or name not in mixed]


def pays_events(of: dict) -> bool:
    """Whether every event of a component earns by itself."""
    tiers = of.get("pay", {}).get("tiers", {}) if isinstance(of.get("pay", ""), dict) else {}
    is_each = tiers.get("over") == "event" or (tiers.get("in_order") and "by" in tiers)
    return of["on"] != "period" and (not tiers or bool(is_each))


def _with_clawbacks(names: list[str], made: dict[str, dict]) -> list[str]:
    """What a cap must list: with the components that pay, those that take back of them."""
    while more := [
        name for name, of in made.items() if set(of.get("claws_back", ())) & set(names) and name not in names
    ]:
        names = [*names, *more]
    return names


# --- on events


@st.composite
def of_events(draw: Any) -> dict:
    on = draw(st.sampled_from([*sorted(PAYS), "charge", "after"]))
    if on == "after":
        after = draw(st.sampled_from(AFTER))
        is_several = any(isinstance(counts, list | dict) for counts in after.values())
        where = draw(st.sampled_from([None, *WHERE_AFTER[: None if is_several else 4]]))
        made = {"title": WORDS, "on": "activation", "after": after, "pay": draw(st.sampled_from(PAYS_AFTER))}
        return made | ({"where": where} if where else {})
    made = {"title": WORDS, "on": on}
    if draw(st.booleans()):
        some = st.one_of(st.sampled_from(CONDITIONS[on]), st.sampled_from(ANY_STREAM))
        chosen = draw(st.lists(some, min_size=1, max_size=3, unique=True))
        made["where"] = " and ".join(f"({of})" if " or " in of and len(chosen) > 1 else of for of in chosen)
    kind = draw(st.sampled_from(["formula", "count", "sum"]))
    if kind == "formula":
        pay = draw(st.one_of(*[st.sampled_from(PAYS[on])] * 3, st.sampled_from(PAYS_OF_FIRST_DAYS)))
        return _of_an_age(made | {"pay": pay})
    sums = [*SUMS.get(on, ()), SUM_OF_FIRST_DAYS]
    tiers: dict[str, Any] = {"by": "count" if kind == "count" else {"sum": draw(st.sampled_from(sums))}}
    tiers["over"] = draw(
        st.sampled_from(["period", "quarter", "year", "contract", *(["event"] if kind == "sum" else [])])
    )
    if tiers["over"] != "event" and draw(st.booleans()):
        tiers["in_order"] = True
    is_number = kind == "count" or tiers["by"]["sum"] in NUMBERED
    pays = draw(st.sampled_from(["each" if is_number else "share", "fixed"]))
    thresholds = (
        [0, draw(st.integers(1, 3)), 5] if is_number else ["0", draw(st.sampled_from(["100", "250.50"])), "1000"]
    )
    return _of_an_age(made | {"pay": {"tiers": tiers | draw(steps(pays, thresholds))}})


def _of_an_age(made: dict) -> dict:
    """Whoever asks for first days says how old the subscriber may be; an activation is as old as it is."""
    where = made.get("where", "")
    if "_within(" not in str(made) or made["on"] == "activation" or AN_AGE.search(where):
        return made
    if " or " in where and len(conditions(where)) == 1:
        where = f"({where})"
    return made | {"where": "months_since_activation <= 7" + (f" and {where}" if where else "")}


@st.composite
def steps(draw: Any, pays: str, thresholds: list) -> dict:
    """How tiers count, and their steps."""
    word = draw(st.sampled_from(["above", "from"]))
    names = ["rate", "portion"] if pays == "share" else ["fee", "most"]
    rates = st.one_of(SHARES if pays == "share" else MONEY, st.sampled_from(names))
    return {
        "counting": draw(st.sampled_from(["slice", "whole", "interpolated"])),
        "steps": [{word: at, pays: draw(rates)} for at in thresholds],
    }


# --- on the period


@st.composite
def of_period(draw: Any) -> dict:
    made: dict[str, Any] = {"title": WORDS, "on": "period"}
    if draw(st.booleans()):
        made["where"] = draw(st.sampled_from(WHERE_OF_PERIOD))
    if draw(st.integers(0, 2)) == 0:
        return made | {"pay": draw(st.sampled_from(PAYS_OF_PERIOD))}
    return made | {"pay": {"tiers": draw(tiers_of_period())}}


@st.composite
def tiers_of_period(draw: Any) -> dict:
    """Tiers of a measure or of a formula, of money, a number or a share, their rates applied to it or to another."""
    of = draw(st.sampled_from(["revenue", "revenue + extra", "activations", "activations + churned", "attainment"]))
    thresholds: list = {"r": ["0", "100", "1000"], "a": [0, 2, 5]}[of[0]] if of != "attainment" else ["0", "0.5", "1.2"]
    own = {"r": "share", "a": "each"}[of[0]] if of != "attainment" else "fixed"
    applied_to = draw(st.sampled_from([None, None, "revenue", "activations", "extra", "parts * 2"]))
    if applied_to is None:
        return {"of": of, **draw(steps(draw(st.sampled_from([own, "fixed"])), thresholds))}
    pays = "share" if applied_to in ("revenue", "extra") else "each"
    counting = draw(st.sampled_from(["whole", "interpolated"]))
    return {"of": of, "applied_to": applied_to, **draw(steps(pays, thresholds)), "counting": counting}


@st.composite
def shared(draw: Any) -> dict:
    """A pay that the whole group shares: of what is one for all."""
    tiers = {
        "of": "by_all",
        "counting": "whole",
        "steps": [{"from": "0", "fixed": "10"}, {"from": "300", "fixed": "33.35"}],
    }
    return {
        "title": WORDS, "on": "period", "split_by": draw(st.sampled_from(["activations", "revenue", "cohort", "parts", "own_part", "own_part"])),
        "pay": draw(st.sampled_from(["by_all * 0.03", "if(by_all > 100, most, 10.01)", "all_count * bar + 1", {"tiers": tiers}])),
    }  # fmt: skip


# --- taking back


@st.composite
def taking_back(draw: Any, made: dict[str, dict]) -> dict:
    on = draw(
        st.sampled_from(["churn", "churn", "tariff_change", "operation", "fraud_mark", "reactivation", "activation"])
    )
    taking: dict[str, Any] = {"title": WORDS, "on": on}
    if on == "activation":
        taking["after"] = draw(st.sampled_from(AFTER))
    if draw(st.integers(0, 3)) == 0:
        taking["where"] = draw(st.one_of(st.sampled_from(CONDITIONS[on]), st.sampled_from(ANY_STREAM)))
    paying = sorted(name for name, of in made.items() if pays_events(of) and "claws_back" not in of)
    taking["claws_back"] = draw(st.lists(st.sampled_from(paying), min_size=1, max_size=3, unique=True))
    within, keeps = (
        draw(st.sampled_from(WITHIN)),
        draw(st.one_of(*[st.sampled_from(KEEPS)] * 2, st.sampled_from(KEEPS_OF_FIRST_DAYS))),
    )
    if within:
        taking["within"] = within
        keeps = draw(st.sampled_from([keeps, "paid * ratio(elapsed, window)"]))
    if keeps:
        taking["keeps"] = keeps
    is_bounded = within is not None and within.get("since") == "activation" and "not_counting" not in within
    return taking if is_bounded else _of_an_age(taking)


@st.composite
def giving_back(draw: Any, taken: str) -> dict:
    """What takes back a clawback gives back; what takes back that, takes again."""
    on = draw(st.sampled_from(["reactivation", "operation", "tariff_change"]))
    within = draw(st.sampled_from([{}, {"within": {"days": 20}}, {"within": {"months": 1}}]))
    return {"title": WORDS, "on": on, "claws_back": [taken], **within}


@st.composite
def looking_again(draw: Any, looked_at: list[str]) -> dict:
    keeps = draw(st.sampled_from([*KEEPS_OF_PERIOD, None, "tiers"]))
    made = {"title": WORDS, "on": "period", "claws_back": [draw(st.sampled_from(looked_at))], "months_ago": 1}
    if draw(st.integers(0, 3)) == 0:
        made["where"] = draw(st.sampled_from(WHERE_OF_PERIOD))
    if keeps:
        made["keeps"] = {"tiers": draw(tiers_of_period())} if keeps == "tiers" else keeps
    return made
