"""The books in memory: what a trusted clerk with a pencil would have written down, in exact decimals.

It shares no code with the product. It knows each dealer's versions, what was posted of them, what fell due, what is held
and where the money is, and says beforehand what is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

DEALERS = {"D1": Decimal("0.22"), "D2": Decimal("0")}
"""Who there is, and the VAT on top of what they earn."""
MONTHS = ("2026-09", "2026-10")
VARIANTS: dict[str, tuple[dict[str, str], ...]] = {
    "2026-09": ({"D1": "1000.00", "D2": "500.00"}, {"D1": "1234.50", "D2": "500.00"}, {"D1": "90.00", "D2": "-40.00"}),
    "2026-10": ({"D1": "2000.00", "D2": "0.10"}, {"D1": "-310.10", "D2": "777.70"}, {"D1": "2000.00", "D2": "1500.00"}),
}
"""What was charged to each dealer's subscriber in a month, in the file and its two corrections; a tenth is the reward."""


def kopecks(amount: Decimal) -> Decimal:
    """Rounded half up, away from zero."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def next_month(month: str) -> str:
    """The month after, of one year."""
    return f"{month[:5]}{int(month[5:]) + 1:02d}"


@dataclass(eq=False)
class Version:
    """What a run made of a dealer's month; before: what was current when it was published."""

    reward: Decimal
    before: Version | None


@dataclass
class Accrual:
    """Something posted to what is accrued; booked: in which month; accepted: whether its statement was, since."""

    amount: Decimal
    booked: str
    accepted: bool = False


@dataclass
class Posting:
    """A transfer of a reward."""

    amount: Decimal
    booked: str
    is_reversed: bool = False


@dataclass
class Earned:
    """A dealer's month in the ledger."""

    postings: list[Posting] = field(default_factory=list)
    accruals: list[Accrual] = field(default_factory=list)
    newest: Version | None = None
    stood: list[Version] = field(default_factory=list)
    vat: Decimal = Decimal(0)
    due: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    first_due: int | None = None

    @property
    def net(self) -> Decimal:
        """What of the reward stands in the ledger."""
        return sum((one.amount * (not one.is_reversed) for one in self.postings), Decimal(0))


@dataclass
class Payout:
    """A payout to a dealer; state: prepared, paid, returned."""

    dealer: str
    amount: Decimal
    taken: int
    state: str = "prepared"


@dataclass
class Batch:
    """Payouts that are prepared together; state: prepared, approved, exported, done, cancelled."""

    number: int
    payouts: list[Payout]
    state: str = "prepared"


@dataclass
class Penalty:
    """A penalty in force, until it is reversed."""

    number: int
    dealer: str
    amount: Decimal
    is_reversed: bool = False


class Books:
    """All of it. A method does a step; one that asks (`may_…`) says whether the product would."""

    def __init__(self) -> None:
        self.live: dict[str, int] = {}
        self.current: dict[tuple[str, str], Version | None] = {(m, d): None for m in MONTHS for d in DEALERS}
        self.decided: dict[str, tuple[Version | None, ...] | None] = dict.fromkeys(MONTHS)
        self.closed: dict[str, tuple[Version | None, ...]] = {}
        self.last_confirmed: dict[str, tuple[Version | None, ...]] = {}
        self.earned = {(month, dealer): Earned() for month in MONTHS for dealer in DEALERS}
        self.payable = dict.fromkeys(DEALERS, Decimal(0))
        self.penalties: list[Penalty] = []
        self.batches: list[Batch] = []
        self.holds: dict[str, int] = {}
        self.paid = dict.fromkeys(DEALERS, Decimal(0))
        self.clock = 0

    def allowed(self, what: str) -> list:
        """Months, or months and dealers, of which a step may be done."""
        return [of for of, may in self._asked(what) if may]

    def refused(self, what: str) -> list:
        """Those of which it is refused."""
        return [of for of, may in self._asked(what) if not may]

    def _asked(self, what: str) -> list:
        if what in ("roll_back", "reverse"):
            asks = self.may_roll_back if what == "roll_back" else self.may_reverse
            return [((month, dealer), asks(month, dealer)) for month in MONTHS for dealer in DEALERS]
        if what == "accept":
            booked = (*MONTHS, next_month(MONTHS[-1]))
            return [((month, dealer), self.has_statement(month, dealer)) for month in booked for dealer in DEALERS]
        asks = {
            "approve": self.may_approve,
            "withdraw": self.may_withdraw,
            "close": self.may_close,
            "post": self.is_approved,
        }
        return [(month, asks[what](month)) for month in MONTHS]

    # --- facts and versions

    def versions(self, month: str) -> tuple[Version | None, ...]:
        """What is current of a month, dealer by dealer."""
        return tuple(self.current[month, dealer] for dealer in DEALERS)

    def calculate(self, month: str) -> None:
        """A new version for everybody, from the file that is live."""
        charged = VARIANTS[month][self.live[month]]
        for dealer in DEALERS:
            reward = kopecks(Decimal(charged[dealer]) / 10)
            self.current[month, dealer] = Version(reward, self.current[month, dealer])

    def may_approve(self, month: str) -> bool:
        """Only what is calculated and was not approved as it is."""
        if month in self.closed:
            return self.last_confirmed[month] != self.versions(month)
        return any(self.versions(month)) and self.decided[month] != self.versions(month)

    def approve(self, month: str) -> None:
        """The newest decision is of what is current."""
        self.decided[month] = self.last_confirmed[month] = self.versions(month)

    def withdraw(self, month: str) -> None:
        """The newest decision approves nothing."""
        self.decided[month] = None

    def is_approved(self, month: str) -> bool:
        """Whether the newest decision approves what is current."""
        return self.decided[month] is not None and self.decided[month] == self.versions(month)

    def may_withdraw(self, month: str) -> bool:
        """Only an approval that holds, of a month that is open."""
        return month not in self.closed and any(self.versions(month)) and self.is_approved(month)

    def may_close(self, month: str) -> bool:
        """Approved, and nothing before it is open."""
        earlier = [one for one in MONTHS if one < month and any(self.versions(one)) and one not in self.closed]
        return self.may_withdraw(month) and not earlier

    def close(self, month: str) -> None:
        """For ever."""
        self.closed[month] = self.last_confirmed[month] = self.versions(month)

    def booking(self, month: str) -> str:
        """The month itself or the first after it that is open."""
        while month in self.closed:
            month = next_month(month)
        return month

    # --- the ledger

    def post(self, month: str) -> None:
        """The ledger is brought to what is current."""
        for dealer in DEALERS:
            version = self.current[month, dealer]
            self._bring(month, dealer, version.reward if version else Decimal(0), version)
        self._vat(month, DEALERS)
        self.follow(DEALERS)

    def may_roll_back(self, month: str, dealer: str) -> bool:
        """There is a version, it is not the one it was closed with, and no payout has taken what fell due."""
        version, earned = self.current[month, dealer], self.earned[month, dealer]
        is_closed = month in self.closed and self.closed[month][list(DEALERS).index(dealer)] is version
        taken = earned.first_due is not None and any(
            payout.taken > earned.first_due and payout.state != "returned"
            for batch in self.batches
            for payout in batch.payouts
            if payout.dealer == dealer
        )
        return version is not None and not is_closed and not taken

    def roll_back(self, month: str, dealer: str) -> None:
        """The version before is current; what was posted of the one that is left is taken back."""
        version, earned = self.current[month, dealer], self.earned[month, dealer]
        assert version is not None
        self.current[month, dealer] = before = version.before
        if earned.newest is version:
            back_to = before if before in earned.stood else None
            self._bring(month, dealer, back_to.reward if back_to else Decimal(0), back_to, is_back=True)
        self._vat(month, [dealer])
        self.follow([dealer])

    def _bring(self, month: str, dealer: str, reward: Decimal, version: Version | None, is_back: bool = False) -> None:
        earned = self.earned[month, dealer]
        if difference := reward - earned.net:
            booked = self.booking(month)
            earned.postings.append(Posting(difference, booked))
            earned.accruals.append(Accrual(difference, booked))
            earned.newest = version
            if version is not None:
                earned.stood.append(version)

    def _vat(self, month: str, dealers) -> None:
        for dealer in dealers:
            earned = self.earned[month, dealer]
            if difference := kopecks(earned.net * DEALERS[dealer]) - earned.vat:
                earned.vat += difference
                earned.accruals.append(Accrual(difference, self.booking(month)))

    def may_reverse(self, month: str, dealer: str) -> Posting | None:
        """The newest transfer of a reward that was not reversed."""
        standing = [one for one in self.earned[month, dealer].postings if not one.is_reversed]
        return standing[-1] if standing else None

    def reverse(self, month: str, dealer: str) -> None:
        """It is undone, in the first open month; its VAT follows with the next posting."""
        earned, posting = self.earned[month, dealer], self.may_reverse(month, dealer)
        assert posting is not None
        posting.is_reversed = True
        earned.accruals.append(Accrual(-posting.amount, self.booking(posting.booked)))
        self.follow([dealer])

    # --- falling due

    def accept(self, month: str, dealer: str) -> None:
        """All that is booked in a month by now."""
        for of in MONTHS:
            for accrual in self.earned[of, dealer].accruals:
                accrual.accepted |= accrual.booked == month

    def has_statement(self, month: str, dealer: str) -> bool:
        """Whether anything is booked in the month."""
        return any(one.booked == month for of in MONTHS for one in self.earned[of, dealer].accruals)

    def follow(self, dealers, newly: bool = False) -> None:
        """What fell due, and what is held, is what it should be."""
        self.clock += 1
        for dealer in dealers:
            months = [self.earned[month, dealer] for month in reversed(MONTHS) if self.earned[month, dealer].accruals]
            room = self.payable[dealer]
            wanted = []
            for earned in months:
                accrued = sum((one.amount for one in earned.accruals), Decimal(0))
                accepted = sum((one.amount for one in earned.accruals if one.accepted and newly), Decimal(0))
                if accrued >= 0:
                    due = min(accrued, max(accepted, earned.due, Decimal(0)))
                else:
                    due = max(accrued, min(accepted, earned.due, Decimal(0)))
                if due != earned.due and earned.first_due is None:
                    earned.first_due = self.clock
                room += due - earned.due
                self.payable[dealer] += due - earned.due
                earned.due = due
                covered = earned.net + kopecks(earned.net * DEALERS[dealer]) if dealer in self.holds else Decimal(0)
                held = min(max(due, Decimal(0)), max(covered, Decimal(0)))
                room -= min(held - earned.held, Decimal(0))
                wanted.append(held - earned.held)
            for earned, change in zip(months, wanted, strict=True):
                moved = min(change, max(room, Decimal(0))) if change > 0 else change
                room -= max(change, Decimal(0))
                earned.held += moved
                self.payable[dealer] -= moved

    # --- penalties and payouts

    def penalise(self, number: int, dealer: str, amount: Decimal) -> None:
        """Charged to what is payable."""
        self.penalties.append(Penalty(number, dealer, amount))
        self.payable[dealer] -= amount

    def forgive(self, penalty: Penalty) -> None:
        """The penalty is reversed."""
        penalty.is_reversed = True
        self.payable[penalty.dealer] += penalty.amount

    def payouts(self) -> dict[str, Decimal]:
        """Who would be paid now."""
        return {who: amount for who, amount in self.payable.items() if amount > 0 and who not in self.holds}

    def prepare(self, number: int) -> None:
        """What is payable is in payment."""
        self.clock += 1
        taken = [Payout(dealer, amount, self.clock) for dealer, amount in self.payouts().items()]
        self.batches.append(Batch(number, taken))
        for payout in taken:
            self.payable[payout.dealer] -= payout.amount

    def give_back(self, payout: Payout) -> None:
        """Payable again."""
        payout.state = "returned"
        self.payable[payout.dealer] += payout.amount

    def confirm(self, payout: Payout) -> None:
        """Paid."""
        payout.state = "paid"
        self.paid[payout.dealer] += payout.amount

    # --- what should stand where

    def balances(self) -> Iterator[tuple[str, str, Decimal]]:
        """Account, dealer and balance; without those that are zero."""
        for dealer in DEALERS:
            months = [self.earned[month, dealer] for month in MONTHS]
            zero = Decimal(0)
            standing = {
                "reward_cost": sum((one.net for one in months), zero),
                "vat": sum((one.vat for one in months), zero),
                "accrued": sum((sum((a.amount for a in one.accruals), zero) - one.due for one in months), zero),
                "payable": self.payable[dealer],
                "held": sum((one.held for one in months), zero),
                "in_payment": sum(
                    (p.amount for b in self.batches for p in b.payouts if p.dealer == dealer and p.state == "prepared"),
                    zero,
                ),
                "paid": self.paid[dealer],
                "penalties": sum((p.amount for p in self.penalties if p.dealer == dealer and not p.is_reversed), zero),
            }
            yield from ((account, dealer, amount) for account, amount in standing.items() if amount)
