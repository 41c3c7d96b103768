"""The environment of .venv: what is left alone, what is said when it cannot be made."""

import json
from pathlib import Path

import pytest

from tools import environment
from tools.console import Trouble


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout with two locks; nothing may be installed into it."""
    locks = tmp_path / "requirements"
    locks.mkdir()
    for name in ("run", "dev", "uv"):
        (locks / f"{name}.txt").write_text(f"# {name}\n", encoding="utf-8")
    monkeypatch.setenv("LOKUM_STATE", str(tmp_path / "var"))
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "LOCKS", locks)
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".venv" / ".lokum-locks.json")

    def refuse(*arguments: object) -> None:
        raise AssertionError(f"nothing should be run: {arguments}")

    monkeypatch.setattr(environment, "_run", refuse)
    return tmp_path


def _make_python(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()


def _stamp(checkout: Path, *names: str) -> None:
    digests = {name: environment._digest(checkout / "requirements" / f"{name}.txt") for name in names}
    (checkout / ".venv" / ".lokum-locks.json").write_text(json.dumps(digests), encoding="utf-8")


def test_a_linked_environment_is_left_alone(checkout: Path) -> None:
    _make_python(checkout / "elsewhere")
    (checkout / ".venv").symlink_to(checkout / "elsewhere")
    assert environment.sync(dev=True) == checkout / ".venv" / "bin" / "python"
    assert sorted(path.name for path in (checkout / "elsewhere").iterdir()) == ["bin"]


def test_a_link_to_nowhere_is_named(checkout: Path) -> None:
    (checkout / ".venv").symlink_to(checkout / "gone")
    with pytest.raises(Trouble, match="link to nowhere"):
        environment.sync()


def test_an_environment_that_matches_its_lock_costs_nothing(checkout: Path) -> None:
    _make_python(checkout / ".venv")
    _stamp(checkout, "run", "dev")
    environment.sync()
    environment.sync(dev=True)


def test_a_changed_lock_is_installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_python(checkout / ".venv")
    _stamp(checkout, "run")
    (checkout / "requirements" / "run.txt").write_text("# new\n", encoding="utf-8")
    commands: list[list[str]] = []
    monkeypatch.setattr(environment, "uv_path", lambda: Path("/usr/bin/uv"))
    monkeypatch.setattr(environment, "_run", lambda command, what: commands.append([str(part) for part in command]))
    environment.sync()
    assert [command[1:3] for command in commands] == [["pip", "sync"]]
    assert "--require-hashes" in commands[0]
    environment.sync()
    assert len(commands) == 1


def test_a_missing_venv_module_is_explained(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "which", lambda name: None)
    monkeypatch.setattr(environment, "_has_ensurepip", lambda: False)
    monkeypatch.setattr(environment, "apt_install", lambda *packages: False)
    with pytest.raises(Trouble, match="sudo apt install python3"):
        environment.sync()
