"""The split of a line by tier, one sentence a tier."""

from __future__ import annotations

import json
from decimal import Decimal

import schemes
from explanations.model import TierPart
from explanations.wording import WORDS, with_minus


def split_in_words(tiers: schemes.Tiers, split: str, teller: schemes.Teller) -> tuple[TierPart, ...]:
    """The tiers that hold a part of the measure, or earned something. split: as the line keeps it."""
    language, found = teller.language, []

    def say(value: Decimal, kind: str) -> str:
        return with_minus(teller.value(value, kind))

    for of in json.loads(split):
        measure, rate, amount = (Decimal(of[name]) for name in ("measure", "rate", "amount"))
        if not measure and not amount:
            continue
        step = tiers.steps[of["step"] - 1]
        where = WORDS["tier_above" if tiers.boundary == "above" else "tier_from"]
        if step.threshold == 0:
            where = WORDS["tier_first"]
        told = where.text(language, threshold=say(step.threshold, tiers.unit))
        if tiers.counting == "interpolated" and of["step"] < len(tiers.steps):
            following, kind = tiers.steps[of["step"]], "share" if tiers.pays == "share" else "money"
            told += WORDS["tier_rising"].text(
                language, rate=teller.operand(step.rate, kind), following=teller.operand(following.rate, kind),
                threshold=say(following.threshold, tiers.unit),
            )  # fmt: skip
        sentence = WORDS["tier_fixed" if tiers.pays == "fixed" else "tier_each"].text(
            language, step=of["step"], threshold=told,
            measure=say(measure, tiers.applied_to.type if tiers.applied_to else tiers.unit),
            rate=say(rate, "share" if tiers.pays == "share" else "money"), amount=say(amount, "money"),
        )  # fmt: skip
        found.append(TierPart(sentence, of["step"], measure, rate, amount))
    return tuple(found)
