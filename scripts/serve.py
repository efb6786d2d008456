"""`make run`: prepares the local installation, keeps web server and worker up until Ctrl+C."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import children
import debian
import messages
from prepare import database_sentence, database_url, prepare
from sentences import UNAVAILABLE, refuse, say

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_PATIENCE = 60.0  # seconds until the web server must answer


def environment(port: int) -> dict[str, str]:
    """The variables of a demo installation on the loopback address; what is set already wins."""
    return {
        "ROLLCALL_BASE_URL": f"http://{HOST}:{port}",
        "PYTHONUNBUFFERED": "1",
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "backoffice.settings.local",
        "ROLLCALL_DEMO": "1",
    }


def require_port(port: int) -> None:
    """Refuses when something listens there already."""
    if not 1 <= port <= 65535:
        refuse(f"PORT={port} is not a port number; use 1 to 65535.", 64)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else "unknown"
            refuse(
                f"port {port} on {HOST} cannot be used ({reason}); stop the other program or "
                f"say: make run PORT={port + 1}",
                UNAVAILABLE,
            )


def wait_until_answering(port: int, running: list[subprocess.Popen]) -> None:
    """Returns when the web server gives any answer; refuses when a child ends or time is up."""
    until = time.monotonic() + START_PATIENCE
    while time.monotonic() < until:
        for child in running:
            if child.poll() is not None:
                refuse("the web server or the worker did not start; the lines above say why.", 70)
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/health/live", timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    refuse(f"the web server did not answer within {START_PATIENCE:.0f} seconds.", 70)


def commands(port: int) -> list[list[str]]:
    """The two processes."""
    binary = Path(sys.executable).parent
    web = [str(binary / "gunicorn"), "backoffice.wsgi", "--bind", f"{HOST}:{port}"]
    web += ["--workers", "2", "--threads", "4", "--log-level", "warning", "--no-control-socket"]
    return [web, [sys.executable, "manage.py", "worker"]]


def ask_signins(env: dict[str, str]) -> subprocess.Popen[str]:
    """Asks for the demo sign-ins while the servers start."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo_signins"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def announce(port: int, signins: subprocess.Popen[str]) -> None:
    """Prints the address and the demo sign-ins."""
    answer, _none = signins.communicate()
    say(f"\nRollcall is running on http://{HOST}:{port}/admin/  (Ctrl+C ends it)\n")
    say(answer.rstrip() or "No demo sign-ins: the data in var/ are not the demo's.")


def watch(running: list[subprocess.Popen]) -> int:
    """Waits for Ctrl+C or for a child to end. Returns: the exit code."""
    while True:
        for child in running:
            if child.poll() is not None:
                say(
                    f"rollcall: {' '.join(child.args[:3])} ended with code {child.returncode}; "
                    "stopping."
                )
                return 70
        time.sleep(0.3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    require_port(port)
    missing = debian.supply((debian.PANGO,))
    if missing:
        refuse(
            f"Pango is missing, without it no PDF can be made; install it with: "
            f"{debian.install_line(missing)}"
        )
    env = environment(port)
    sentence = database_sentence(database_url(ROOT, env), ROOT)
    if sentence:
        refuse(sentence, 74)
    messages.compile_catalogues()
    prepare(ROOT, env)
    running: list[subprocess.Popen] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        running += [children.start(command, cwd=ROOT, env=env) for command in commands(port)]
        signins = ask_signins(env)
        wait_until_answering(port, running)
        announce(port, signins)
        return watch(running)
    finally:
        children.end(running)
        say("\nRollcall has stopped; the data stay in var/.")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
