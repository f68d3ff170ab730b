"""Evidence is kept once, under the hash of its bytes, and a byte that changed is seen."""

import importlib
from datetime import date
from decimal import Decimal

import pytest
import typer.testing

import cli
import settlement
from prm.errors import NotFoundError
from settlement import Charge
from tests.settlement.test_penalties import home as home_with_dealers

importlib.import_module("cli.penalties")
home = home_with_dealers


@pytest.fixture
def penalty(home):
    charge = Charge("fine", "D1", date(2026, 10, 17), Decimal("500.00"), "RUB", "no price list on the wall")
    return settlement.charge_penalty(charge, author="olga", settings=home)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "стена.jpg"
    path.write_bytes(b"\xff\xd8 a wall")
    return path


def test_any_file_is_kept_with_its_name_kind_and_size(home, penalty, photo):
    one = settlement.attach_evidence(penalty, photo, author="olga", settings=home)
    assert (one.name, one.media_type, one.bytes, one.state) == ("стена.jpg", "image/jpeg", 9, "sound")
    assert one.path.name == one.sha256 and one.path.read_bytes() == photo.read_bytes()
    assert one.path.is_relative_to(home.evidence)
    unknown = photo.with_name("remark.qqq")
    unknown.write_bytes(b"")
    assert settlement.attach_evidence(penalty, unknown, author="olga", settings=home).media_type.endswith(
        "octet-stream"
    )
    assert [each.name for each in settlement.evidence_of(penalty, settings=home)] == ["стена.jpg", "remark.qqq"]


def test_the_same_bytes_are_attached_once_and_shared_between_penalties(home, penalty, photo):
    first = settlement.attach_evidence(penalty, photo, author="olga", settings=home)
    again = settlement.attach_evidence(penalty, photo.rename(photo.with_name("b.jpg")), author="ivan", settings=home)
    assert again == first
    charge = Charge("fine", "D2", date(2026, 10, 17), Decimal("5"), "RUB", "the same wall")
    other = settlement.charge_penalty(charge, author="olga", settings=home)
    shared = settlement.attach_evidence(other, photo.with_name("b.jpg"), author="olga", settings=home)
    assert shared.path == first.path
    assert [path.name for path in home.evidence.rglob("*") if path.is_file()] == [first.sha256]


def test_a_byte_that_changed_and_a_file_that_is_gone_are_seen(home, penalty, photo):
    path = settlement.attach_evidence(penalty, photo, author="olga", settings=home).path
    assert "стена.jpg (image/jpeg, 9 bytes): sound" in call("show", str(penalty)).output
    path.chmod(0o644)
    path.write_bytes(b"\xff\xd8 a door")
    shown = call("show", str(penalty))
    assert "9 bytes): changed" in shown.output and "not as it was attached" in str(shown.exception)
    path.unlink()
    assert "9 bytes): missing" in call("show", str(penalty)).output
    settlement.attach_evidence(penalty, photo, author="olga", settings=home)  # offered again, it is back
    assert "9 bytes): sound" in call("show", str(penalty)).output


def test_there_has_to_be_a_penalty_and_a_file(home, penalty, photo):
    with pytest.raises(NotFoundError, match="no penalty 99"):
        settlement.attach_evidence(99, photo, author="olga", settings=home)
    with pytest.raises(NotFoundError, match=r"no file .*lost\.pdf"):
        settlement.attach_evidence(penalty, photo.with_name("lost.pdf"), author="olga", settings=home)
    assert not home.evidence.exists()


def call(*arguments):
    return typer.testing.CliRunner().invoke(cli.app, ["penalty", *arguments])
