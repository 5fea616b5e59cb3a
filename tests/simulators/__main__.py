# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start simulators: `python -m simulators [SYSTEM ...] [--port N] [--tls DIR]`, from the folder tests/.

It prints one JSON object {system: {origin, options}} when all of them listen, and serves until it
is told to stop: by SIGTERM or Ctrl-C, or by the end of its standard input with --until-eof.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pathlib
import signal
import sys
import threading
import typing as t

import trustme

from simulators.core.server import Server, tls_context

if t.TYPE_CHECKING:
    from simulators.core.simulator import Simulator

SYSTEMS = ("commvault", "prime", "drs", "veeam", "ajs")


def create(system: str) -> Simulator:
    """A new simulator of that product."""
    module = importlib.import_module(f"simulators.{system}.simulator")
    return t.cast("Simulator", module.create())


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators", description=__doc__)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=f"default: all of {', '.join(SYSTEMS)}")
    parser.add_argument("--port", type=int, default=0, help="of the first; the next ones follow. 0 = any free port")
    parser.add_argument("--tls", metavar="DIR", help="serve https and write the authority's ca.pem into this folder")
    parser.add_argument("--until-eof", action="store_true", help="stop when standard input ends")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.systems) - set(SYSTEMS))
    if unknown:
        parser.error(f"no simulator of {', '.join(unknown)}; there are {', '.join(SYSTEMS)}")

    context = None
    if arguments.tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(pathlib.Path(arguments.tls, "ca.pem")))
        context = tls_context(authority)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_ignored: stop.set())
    servers = [
        Server(create(system), arguments.port and arguments.port + index, context).start()
        for index, system in enumerate(arguments.systems or SYSTEMS)
    ]
    listening = {s.simulator.system: {"origin": s.origin, "options": s.options} for s in servers}
    print(json.dumps(listening), flush=True)
    if arguments.until_eof:
        threading.Thread(target=_at_end_of_input, args=[stop.set], daemon=True).start()
    stop.wait()
    for server in servers:
        server.stop()


def _at_end_of_input(action: t.Callable[[], None]) -> None:
    sys.stdin.read()
    action()


if __name__ == "__main__":
    main()
