"""Killed at every fail point and at random moments, and done again: the books are what they are where nobody was killed."""

import re
from pathlib import Path

import pytest

from prm.fail_points import POINTS, FailPointError, reach
from prm.settings import PROJECT
from tests.safety.crash import crash
from tests.safety.operations import OPERATIONS


def test_sixty_kills_lose_double_and_tear_nothing(prepared, tmp_path, record_property):
    figures = crash(prepared, 60, seed=1, folder=tmp_path)
    record_property("killed", {"kills": figures.kills.total(), "fail points": len(POINTS)})
    assert figures.faults == []
    assert {where for _, where in figures.kills} == {"random", *POINTS}
    assert figures.left_over == 0


def test_every_point_is_reached_somewhere_in_the_product_and_by_one_operation():
    reached = [
        point
        for path in PROJECT.glob("*/**/*.py")
        if path.relative_to(PROJECT).parts[0] not in (".venv", "data", "tests", "bench", "dags")
        for point in re.findall(r'reach\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    ]
    assert sorted(reached) == sorted(POINTS)
    assert sorted(point for operation in OPERATIONS for point in operation.points) == sorted(POINTS)


def test_the_page_tells_of_every_point():
    page = (PROJECT / "docs" / "safety.md").read_text(encoding="utf-8")
    assert [point for point in POINTS if f"`{point}`" not in page] == []


def test_a_point_does_nothing_unless_it_is_asked_for(monkeypatch):
    for asked in ("", "post.committed", "post.posted.x:raise"):
        monkeypatch.setenv("PRM_FAIL_POINT", asked)
        reach("post.posted")
    monkeypatch.setenv("PRM_FAIL_POINT", "post.posted:raise")
    with pytest.raises(FailPointError, match=r"post\.posted"):
        reach("post.posted")


def test_what_a_killed_loader_left_at_work_is_removed_by_the_next_one_and_nothing_else(tmp_path):
    from prm.lake import work_folder

    left = tmp_path / ".work-dead"
    left.mkdir()
    (left / "half.parquet").write_bytes(b"half")
    with work_folder(tmp_path) as mine:
        (mine / "file").write_text("at work")
        with work_folder(tmp_path) as others:
            assert mine.exists() and others.exists() and not left.exists()
        assert (mine / "file").read_text() == "at work"
    assert list(Path(tmp_path).iterdir()) == []
