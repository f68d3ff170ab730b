"""A sender that is killed: what it had in hand goes again, the same message into the same box; nothing else is doubled."""

from collections import Counter

import pytest

import delivery
from prm.lake import fingerprint
from runs import LockedError
from tests.delivery.conftest import SCHEDULE, schedule
from tests.operators import OCTOBER
from tests.safety.children import Child


def _send(settings):
    sent = delivery.send(OCTOBER, author="olga", pauses=(), settings=settings)
    return len(sent.delivered)


@pytest.mark.parametrize(("point", "arrived"), [("send.claimed", 0), ("send.gone", 1), ("send.recorded", 1)])
def test_whoever_goes_on_repeats_at_most_the_message_that_was_in_hand(sending, mail, point, arrived):
    child = Child(_send, sending, point=point)
    assert child.wait() == -9 and len(mail.taken) == arrived
    recorded = point == "send.recorded"
    assert _send(sending) == 3 - recorded

    copies = Counter(message["Message-ID"] for _, message in mail.taken)
    assert sorted(copies.values()) == ([1, 1, 2] if point == "send.gone" else [1, 1, 1])
    assert len({address for address, _ in mail.taken}) == 3
    ends = Counter(row["outcome"] for row in delivery.list_deliveries(settings=sending) if row["address"])
    assert ends == {"delivered": 3, **({} if recorded else {"unknown": 1})}
    assert [one.address for one in delivery.undelivered(OCTOBER, settings=sending)] == [""]  # who has no address
    assert _send(sending) == 0


def test_a_file_that_was_written_before_the_kill_is_written_over_by_the_same(sending, tmp_path):
    schedule(sending, f"documents:\n  - {{forms: [statement], formats: [csv], send: {{folder: {tmp_path}/share}}}}\n")
    assert Child(_send, sending, point="send.gone").wait() == -9
    assert _send(sending) == 4
    found = [path for path in (tmp_path / "share").rglob("*") if path.is_file()]
    assert len(found) == 4
    for path in found:
        assert fingerprint(path) == fingerprint(sending.documents / path.relative_to(tmp_path / "share"))


def test_two_do_not_send_the_documents_of_one_month_at_once(sending, mail):
    schedule(sending, SCHEDULE + "    counterparties: {ids: [D00001]}\n")
    first = Child(_send, sending, point="send.claimed:stop")
    first.wait_until_halted()
    with pytest.raises(LockedError, match="are being sent by another process"):
        _send(sending)
    first.go_on()
    assert first.wait() == 0 and first.answer == 1
    assert len(mail.taken) == 1 and _send(sending) == 0
