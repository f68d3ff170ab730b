"""Texts of rules: written in the rule, or, where many schemes differ in nothing else, parameters of one rule."""

import schemes
from schemes.texts import MOST_RULES
from tests.schemes.drafts import SOUND, broken
from tests.schemes.test_compiling import compile_terms, contract, of_component


def differing(count: int) -> list[schemes.Scheme]:
    """Schemes that leave out a region of their own, one of which holds a quote and a parameter's name."""
    regions = ["it''s terms.literal_1", *(f"region {number}" for number in range(1, count))]
    found = []
    for number, region in enumerate(regions):
        text = broken("outlet_kind <> 'online'", f"outlet_region <> '{region}'", SOUND)
        found.append(schemes.parse(broken("scheme: trial", f"scheme: trial_{number}", text), f"{number}.yaml"))
    return found


def rules_at(count: int, place: str) -> tuple[list[str], list[dict]]:
    contracts = [contract(number, scheme=f"trial_{number}") for number in range(count)]
    compiled = compile_terms(contracts, versions=differing(count))
    found = [rule["sql"] for rule in compiled.rules.to_pylist() if rule["place"] == place]
    return found, of_component(compiled.terms, "activation")


def test_a_few_texts_stand_in_their_rules():
    rules, terms = rules_at(MOST_RULES, "condition_2")
    written = [rule for rule in rules if rule.startswith("events.outlet_region <> '")]
    assert len(written) == MOST_RULES and "events.outlet_region <> 'it''s terms.literal_1'" in written
    assert not [name for name in terms[0] if name.startswith("literal_")]


def test_many_texts_are_parameters_of_one_rule():
    count = MOST_RULES + 1
    rules, terms = rules_at(count, "condition_2")
    assert [rule for rule in rules if "outlet_region" in rule] == ["events.outlet_region <> terms.literal_2"]
    assert {row["literal_2"] for row in terms} == {"it's terms.literal_1", *(f"region {at}" for at in range(1, count))}
    assert len({row["condition_2"] for row in terms}) == 1
    assert "literal_1" not in terms[0], "the text that all of them have stands in the rule"
