"""Settings read from the environment."""

from prm.settings import Settings


def test_a_home_given_as_a_relative_path_is_the_same_from_every_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PRM_HOME", "somewhere")
    assert Settings().home == tmp_path / "somewhere"
