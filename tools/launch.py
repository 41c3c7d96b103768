#!/usr/bin/env python3
"""Start, test and look after Lokum from a checkout, with nothing but Python on the machine.

Commands:
  setup [--dev]            make or refresh .venv
  run                      everything: packages, database, migrations, demo data, web server, worker; the variables
                           HOST and PORT choose another address than 127.0.0.1 and 8000
  stop                     stop a `run` of this checkout and the embedded database
  test [arguments]         the test suite, divided among the cores (at most four processes); with arguments, which go
                           to pytest, in one process (-n auto --maxprocesses=4 divides them)
  check                    linters, types, contracts, budgets, catalogues
  manage ARGUMENTS         a management command with the database running
  demo-reset               throw the demo database away and fill it again
  backup FOLDER            copy database and files; from the first time on the log archive follows by itself
  restore FOLDER [--to MOMENT] [--replace]
                           bring database and files back, as they were at a moment
  bench [JOB ...] [--count N] [--lines N] [--runs N] [--full]
                           speed against the plain-SQL limits; `bench reference` works on the large set
  soak [arguments]         the long tests
  requirements             which requirement rows are proven by which tests
  messages                 extract strings and update the catalogues
  lock [--upgrade]         make the hashed locks in requirements/ again
  server start|stop|url [app|owner|jobs]|env|reset|psql [arguments]
                           look after the embedded database

COMMAND --help prints these lines of one command.
"""

import argparse
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from tools import backup, environment, postgres, requirement_rows
from tools.console import ROOT, Trouble, apt_install, say, state_folder, write_private
from tools.supervision import Program, Supervisor

DIVIDED = ["-n", "auto", "--maxprocesses=4"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def settings(database: dict[str, str], **extra: str) -> dict[str, str]:
    """Environment of a Django process: database addresses, secret key, state folder."""
    state = state_folder()
    key = state / "secret-key"
    if not key.exists():
        write_private(key, secrets.token_urlsafe(50))
    (state / "static").mkdir(exist_ok=True)  # the web server looks for collected files there
    chosen = environment.child_environment(**database, LOKUM_STATE=str(state), **extra)
    chosen.setdefault("LOKUM_SECRET_KEY", key.read_text(encoding="utf-8").strip())
    chosen.setdefault("DJANGO_SETTINGS_MODULE", "lokum.settings")
    return chosen


def run_python(arguments: list[str], env: dict[str, str]) -> int:
    """Run the Python of .venv in the foreground and return its exit code."""
    return subprocess.run([str(environment.python_path()), *arguments], cwd=ROOT, env=env, check=False).returncode


def manage(env: dict[str, str], *arguments: str) -> None:
    code = run_python(["manage.py", *arguments], env)
    if code:
        raise Trouble(f"manage.py {' '.join(arguments)} ended with code {code}")


def compile_catalogues(env: dict[str, str]) -> None:
    """Compile the .po files that are newer than their .mo files."""
    for source in (ROOT / "lokum").rglob("*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            if run_python(["-m", "tools.catalogues", "compile"], env):
                raise Trouble("Compiling the catalogues did not work.")
            return


def collect_static(env: dict[str, str]) -> None:
    """Collect and compress the static files when they changed, so that pages stay light over the wire."""
    # Templates and programs count too: the vendor's sheet is left with the rules that they can meet.
    kinds = ("static/**/*", "**/*.html", "**/*.py")
    sources = [path for kind in kinds for path in (ROOT / "lokum").glob(kind) if path.is_file()]
    state = f"{len(sources)} {max(path.stat().st_mtime_ns for path in sources)}"
    mark = state_folder() / "static.collected"
    if not mark.exists() or mark.read_text(encoding="ascii") != state:
        say("Compressing the static files ...")
        manage(env, "collectstatic", "--noinput", "--clear", "-v", "0")
        mark.write_text(state, encoding="ascii")
    env["LOKUM_STATIC_FINDERS"] = "0"


def known_commands(env: dict[str, str]) -> set[str]:
    done = subprocess.run(
        [str(environment.python_path()), "manage.py", "help", "--commands"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Trouble(f"manage.py help did not work:\n{done.stderr}")
    return set(done.stdout.split())


def setup(arguments: list[str]) -> int:
    environment.sync(dev="--dev" in arguments)
    compile_catalogues(environment.child_environment())
    return 0


def _fill(env: dict[str, str], commands: set[str]) -> None:
    """Bring the schema up to date and fill an empty database with the demo."""
    manage(env, "migrate", "--database=owner", "-v", "0")
    if "demo" in commands:
        manage(env, "demo", "--if-empty")


def _web_command(python: str, host: str, port: int) -> list[str]:
    command = [python, "-m", "granian", "--interface", "wsgi", "lokum.wsgi:application", "--no-ws"]
    command += ["--host", host, "--port", str(port), "--workers", os.environ.get("WEB_WORKERS", "2")]
    # Few threads per process: each one may hold a database connection, and requests wait in the socket.
    command += ["--blocking-threads", "4", "--backpressure", "64", "--log-level", "warning"]
    return [*command, "--workers-kill-timeout", "10", "--respawn-failed-workers"]


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def run(arguments: list[str]) -> int:
    if arguments:
        raise Trouble("run takes no arguments; HOST, PORT and WEB_WORKERS of the environment say how.")
    started = time.monotonic()
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    if _is_open(port):
        raise Trouble(f"Port {port} is in use already. Take another one: PORT={port + 1} make run")
    if _running_process() is not None:
        raise Trouble("Lokum runs from this checkout already; make stop ends it.")
    with _recorded_process():
        return _run_everything(host, port, started)


@contextmanager
def _recorded_process() -> Iterator[None]:
    """Write our process id where `stop` finds it."""
    pid = state_folder() / "run.pid"
    pid.write_text(str(os.getpid()), encoding="ascii")
    try:
        yield
    finally:
        pid.unlink(missing_ok=True)


def _run_everything(host: str, port: int, started: float) -> int:
    environment.sync()
    with postgres.database() as database:
        env = settings(database)
        env.setdefault("LOKUM_SITE_URL", f"http://localhost:{port}")
        compile_catalogues(env)
        commands = known_commands(env)
        _fill(env, commands)
        collect_static(env)
        python = str(environment.python_path())
        programs = [Program("web server", _web_command(python, host, port), env)]
        if "worker" in commands:
            programs.append(Program("worker", [python, "manage.py", "worker"], dict(env, LOKUM_PROCESS="worker")))

        def announce() -> None:
            end = time.monotonic() + 60
            while not _is_open(port) and time.monotonic() < end and programs[0].is_alive():
                time.sleep(0.1)
            if "demo" in commands:
                run_python(["manage.py", "demo", "--sign-ins"], env)
            took = time.monotonic() - started
            say(f"\nLokum runs at http://localhost:{port}/  (ready after {took:.0f} s; stop it with Ctrl-C)\n")

        return Supervisor(programs).run(announce)


def _running_process() -> int | None:
    """Process id of the `run` of this checkout; None when there is none or only a stale record."""
    try:
        number = int((state_folder() / "run.pid").read_text(encoding="ascii"))
        command = Path(f"/proc/{number}/cmdline")
        os.kill(number, 0)
        return number if not command.exists() or b"launch.py" in command.read_bytes() else None
    except (OSError, ValueError):
        return None


def stop(arguments: list[str]) -> int:
    number = _running_process()
    if number is not None:
        os.kill(number, signal.SIGTERM)
        end = time.monotonic() + 45
        while _running_process() == number and time.monotonic() < end:
            time.sleep(0.1)
    if not os.environ.get("DATABASE_URL"):
        postgres.Server().stop()
    return 0


def find_browser() -> str | None:
    """A Chromium for the browser tests; installed when we may, else the person is told how."""
    named = os.environ.get("LOKUM_CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found and apt_install("chromium", "fonts-noto-cjk"):
        found = shutil.which("chromium")
    if not found:
        say("No Chromium: browser tests are left out. For them: sudo apt install chromium fonts-noto-cjk")
    return found


def test(arguments: list[str]) -> int:
    environment.sync(dev=True)
    browser = find_browser()
    with postgres.database() as database:
        extra = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "LOKUM_LAUNCHED": "1"}
        if browser:
            extra["LOKUM_CHROMIUM"] = browser
        env = settings(database, **extra)
        compile_catalogues(env)
        return run_python(["-m", "pytest", *(arguments or DIVIDED)], env)


def soak(arguments: list[str]) -> int:
    return test(["-m", "soak", *arguments])


def bench(arguments: list[str]) -> int:
    environment.sync(dev=True)
    with postgres.database() as database:
        env = settings(database)
        manage(env, "migrate", "--database=owner", "-v", "0")
        return run_python(["-m", "bench", *arguments], env)


def check(arguments: list[str]) -> int:
    environment.sync(dev=True)
    with postgres.database() as database:
        env = settings(database)
        compile_catalogues(env)
        return run_python(["-m", "tools.checks", *arguments], env)


def manage_command(arguments: list[str]) -> int:
    if not environment.python_path().exists():
        environment.sync()
    with postgres.database() as database:
        return run_python(["manage.py", *arguments], settings(database))


def demo_reset(arguments: list[str]) -> int:
    """Make the embedded database new; a database of one's own is never thrown away from here."""
    if os.environ.get("DATABASE_URL"):
        raise Trouble("demo-reset works on the embedded database only; DATABASE_URL is set.")
    environment.sync()
    if _running_process() is not None:
        raise Trouble("Lokum is running from this checkout; stop it first (make stop).")
    server = postgres.Server()
    server.reset()
    shutil.rmtree(state_folder() / "files", ignore_errors=True)
    with postgres.database() as database:
        env = settings(database)
        compile_catalogues(env)
        _fill(env, known_commands(env))
    return 0


def back_up(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise Trouble(help_of("backup"))
    return backup.backup(Path(arguments[0]))


def restore(arguments: list[str]) -> int:
    """Bring a backup back, then let the database prove itself."""
    parser = argparse.ArgumentParser(prog="restore")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", metavar="MOMENT", type=backup.parse_moment)
    parser.add_argument("--replace", action="store_true", help="set the present database aside")
    chosen = parser.parse_args(arguments)
    if _running_process() is not None:
        raise Trouble("Lokum is running from this checkout; stop it first (make stop).")
    backup.restore(chosen.folder, chosen.to, chosen.replace)
    environment.sync()
    with postgres.database() as database:
        env = settings(database)
        commands = known_commands(env)
        for check in ("check_files", "prove"):
            if check in commands:
                manage(env, check)
    say("Restored. Make a new backup now, into a new folder: the old log archive ends here.")
    return 0


def requirements(arguments: list[str]) -> int:
    return requirement_rows.report(arguments)


def messages(arguments: list[str]) -> int:
    environment.sync(dev=True)
    return run_python(["-m", "tools.catalogues", "update"], environment.child_environment())


def lock(arguments: list[str]) -> int:
    environment.lock()
    return 0


def server(arguments: list[str]) -> int:
    """Look after the embedded server itself."""
    if not arguments or (arguments[0] in ("start", "stop", "env", "reset") and len(arguments) > 1):
        raise Trouble(help_of("server"))
    if not environment.python_path().exists():
        environment.sync()
    word, *rest = arguments
    machine = postgres.Server()
    if word == "start":
        machine.start(keep=True)
    elif word == "stop":
        machine.stop()
    elif word == "reset":
        machine.reset()
    elif word in ("url", "env", "psql"):
        machine.start(keep=True)
        if word == "url":
            print(machine.url(rest[0] if rest else "app"))
        elif word == "env":
            print("\n".join(f"{name}={value}" for name, value in machine.variables().items()))
        else:
            return machine.psql(*(rest or ["-d", postgres.DATABASE])).returncode
    else:
        raise Trouble(f"server {word}: no such command")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "setup": setup,
    "run": run,
    "stop": stop,
    "test": test,
    "soak": soak,
    "bench": bench,
    "check": check,
    "manage": manage_command,
    "demo-reset": demo_reset,
    "backup": back_up,
    "restore": restore,
    "requirements": requirements,
    "messages": messages,
    "lock": lock,
    "server": server,
}


# Commands that take nothing but these words. The others pass on what they are given, or look at it themselves.
TAKEN: dict[str, frozenset[str]] = {
    "setup": frozenset({"--dev"}),
    "lock": frozenset({"--upgrade"}),
    **dict.fromkeys(("run", "stop", "demo-reset", "messages", "requirements"), frozenset()),
}
HELP = ("--help", "-h")


def help_of(name: str) -> str:
    """The lines of the module's text about one command."""
    found: list[str] = []
    for line in (__doc__ or "").split("Commands:\n", 1)[1].split("\n\n", 1)[0].splitlines():
        if not line.startswith("   "):
            about = line.split()[0]
        if about == name:
            found.append(line)
    return "\n".join(["python3 tools/launch.py", *found])


def refuse_unknown(name: str, arguments: list[str]) -> None:
    strange = [one for one in arguments if one not in TAKEN.get(name, arguments)]
    if strange:
        raise Trouble(f"{name} does not take {' '.join(strange)}.\n\n{help_of(name)}")


def main() -> int:
    name, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else ("", [])
    command = COMMANDS.get(name)
    if name in HELP:
        print(__doc__)
        return 0
    if command is None:
        say(__doc__ or "")
        return 2
    if arguments[:1] and arguments[0] in HELP:
        print(help_of(name))
        return 0
    # TERM behaves like Ctrl-C, so that `finally` blocks stop what was started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        refuse_unknown(name, arguments)
        return command(arguments)
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
