"""The launcher says what a command does instead of doing it, and refuses what it does not understand."""

import pytest

from tools import launch


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, list[list[str]]]:
    """Exit code of a call and what its command was given; no command is really run."""
    given: list[list[str]] = []

    def note(arguments: list[str]) -> int:
        given.append(arguments)
        return 0

    monkeypatch.setattr(launch, "COMMANDS", dict.fromkeys(launch.COMMANDS, note))
    monkeypatch.setattr("sys.argv", ["tools/launch.py", *arguments])
    return launch.main(), given


@pytest.mark.parametrize("name", sorted(launch.COMMANDS))
@pytest.mark.parametrize("word", launch.HELP)
def test_help_is_printed_and_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, word: str
) -> None:
    assert _call(monkeypatch, name, word) == (0, [])
    words = capsys.readouterr().out
    assert f"\n  {name}" in words and words.count("\n") < 6, "every command has its lines, and only those"


@pytest.mark.parametrize("arguments", [("run", "--port", "8001"), ("stop", "now"), ("lock", "-U"), ("setup", "dev")])
def test_unknown_arguments_are_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert _call(monkeypatch, *arguments) == (1, [])
    assert f"{arguments[0]} does not take" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [("setup", "--dev"), ("lock", "--upgrade"), ("run",), ("test", "-k", "x"), ("manage", "migrate", "--help")],
)
def test_known_arguments_are_handed_on(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    assert _call(monkeypatch, *arguments) == (0, [list(arguments[1:])])


def test_the_whole_help(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _call(monkeypatch, "--help") == (0, [])
    assert _call(monkeypatch) == (2, [])
    printed = capsys.readouterr()
    assert "Commands:" in printed.out and "Commands:" in printed.err
