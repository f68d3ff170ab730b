"""What caps let through: what a cap has cut was not paid, and can't be taken back."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

ZERO = Decimal(0)


def cuts(period_lines: list[dict], rewards: dict) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """By contract and component that a cap cut in a month: what was paid of them together, and of what."""
    found: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for line in period_lines:
        if line["outcome"] != "capped" or line.get("subscriber_id"):
            continue
        scheme, contract_id = line["scheme"], line["contract_id"]
        of = scheme["limits"][line["component"]]["of"]
        paying = [name for name in of if "claws_back" not in scheme["components"].get(name, {"claws_back": ()})]
        caps = [name for name in of if name in scheme["limits"]]
        whole = sum((rewards.get((contract_id, name), ZERO) for name in (*paying, *caps)), ZERO)
        part = max(whole + line["amount"], ZERO)
        for name in paying:
            held = found.get((contract_id, name))
            if whole > 0 and (held is None or part * held[1] < held[0] * whole):
                found[contract_id, name] = (part, whole)
    return found


def let_through(amount: Decimal, cut: tuple[Decimal, Decimal] | None) -> Decimal:
    """What a cap let through of an amount, to four places and never more."""
    if cut is None:
        return amount
    return (amount * cut[0] / cut[1]).quantize(Decimal("0.0001"), ROUND_FLOOR)
