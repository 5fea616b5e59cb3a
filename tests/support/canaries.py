# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets that can be told from all other text, products that take and give them, and the search for them.

The search shares nothing with what hides them in the product: it undoes every way of writing that it knows and looks
for parts of a secret in what comes out, so half a secret is found as well as one in a new guise.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import html
import re
import secrets
import ssl
import typing as t
import urllib.parse

from simulators.ajs.simulator import AjsSimulator
from simulators.commvault.simulator import CommvaultSimulator
from simulators.core.control import Control
from simulators.core.server import serving
from simulators.core.simulator import Json, Simulator
from simulators.drs.simulator import DrsSimulator
from simulators.prime.knobs import DEFAULTS, USERS
from simulators.prime.simulator import PrimeSimulator
from simulators.veeam.simulator import VeeamSimulator
from support.estate import Target

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Characters that each format writes in its own way.
AWKWARD = "<&>\"'é\\/ +%~"
PASSWORD = f"pw-{secrets.token_hex(6)}{AWKWARD}{secrets.token_hex(6)}"
ACCESS_KEY = f"AK{secrets.token_hex(9).upper()}"
SECRET_KEY = f"{secrets.token_urlsafe(15)}+/{secrets.token_urlsafe(15)}"
SECURITY_TOKEN = base64.b64encode(secrets.token_bytes(45)).decode()
BEARER = f"Bearer {secrets.token_hex(24)}"

#: where a product is logged in to, or answers first where there is no login
_LOGIN = re.compile(r"/Login$|/sessionMngr|/auth/tokens$|/JobSummary|/statuses$")

#: how the user begins what Basic authentication sends: a name is no secret
_USER = base64.b64encode(f"{Simulator.username}:".encode()).decode()

PART = 7  # characters; less of a secret is not told from other text
#: of a token of hundreds of characters not each part is looked for, but one in so many
STRIDE = 8

#: headers of requests and answers that prove who sends, or will prove it
_PROOFS = {
    "authtoken",
    "x-auth-token",
    "x-restsvcsessionid",
    "authorization",
    "x-ajs-authorization",
    "x-subject-token",
    "set-cookie",
}
#: tokens and session ids in answers to a login
_PROOF_IN_BODY = re.compile(r"(?<=QSDK )[0-9a-f]{20,}|(?<=<SessionId>)[^<]+|(?<=\"SessionId\":\")[^\"]+")


# --- products that take these secrets ------------------------------------------------------------------------


class _Commvault(CommvaultSimulator):
    password = PASSWORD
    ACCESS_TOKEN = BEARER.removeprefix("Bearer ")


class _Prime(PrimeSimulator):
    password = PASSWORD
    default_knobs: t.ClassVar[Json] = {
        **DEFAULTS,
        "users": {name: {**user, "password": PASSWORD} for name, user in USERS.items()},
    }


class _Drs(DrsSimulator):
    password = PASSWORD
    temporary_access_key = ACCESS_KEY
    temporary_secret_key = SECRET_KEY
    security_token = SECURITY_TOKEN


class _Veeam(VeeamSimulator):
    password = PASSWORD


class _Ajs(AjsSimulator):
    password = PASSWORD


PRODUCTS: dict[str, type[Simulator]] = {
    "commvault": _Commvault,
    "prime": _Prime,
    "drs": _Drs,
    "veeam": _Veeam,
    "ajs": _Ajs,
}


@dataclasses.dataclass
class Echo:
    """What a product, or something before it, answers in place of itself: a secret, as it was told or gave it out.

    :ivar make: from the text of the secret to status, content type, body and Location.
    :ivar skip: so many requests are answered well before.
    """

    make: t.Callable[[str], tuple[str, str, str, str]]
    spelling: str = "plain"
    which: int = 0
    skip: int = 0
    shown: int = 0  # how often this was the answer


@dataclasses.dataclass
class Guarded:
    """A running product, and every secret that it was sent or gave out."""

    target: Target
    simulator: Simulator
    way: str = "password"  # how the user logs in: password, token or key
    seen: dict[str, str] = dataclasses.field(default_factory=dict)  # what it is: a secret of this run
    echo: Echo | None = None
    #: makes of the body of an answer to a login another status and body
    spoil: t.Callable[[str], tuple[str, str]] | None = None

    @property
    def options(self) -> dict[str, t.Any]:
        """The connection options that lead here, by password."""
        return {**self.target.options, **({"location": "/"} if self.target.system == "ajs" else {})}

    @property
    def given(self) -> dict[str, str]:
        """The secrets by which a user logs in, by option."""
        drs = {"drs_access_key": ACCESS_KEY, "drs_secret_key": SECRET_KEY, "drs_security_token": SECURITY_TOKEN}
        ways = {"password": {"password": PASSWORD}, "key": drs, "token": {"token": BEARER}}
        return ways[self.way]

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret of this product so far, by what it is."""
        return {**{name: secret.removeprefix("Bearer ") for name, secret in self.given.items()}, **self.seen}

    def renew(self) -> None:
        """No jobs, no sessions, nothing seen, a product that answers as itself; its time stands still."""
        self.target.control.reset()
        self.simulator.clock.freeze(True)
        self.seen.clear()
        self.echo = self.spoil = None

    def note(self, headers: t.Iterable[tuple[str, str]], body: str = "") -> None:
        """See the secrets of a request or of an answer."""
        for name, value in headers:
            if name.lower() in _PROOFS:
                proof = value.rpartition("Signature=")[2]
                proof = proof.partition(";")[0].partition("=")[2] if name.lower() == "set-cookie" else proof
                proof = (proof.partition(" ")[2] or proof).removeprefix(_USER)
                self.seen[f"{name} {proof[:4]}..."] = proof
        for found in _PROOF_IN_BODY.findall(body):
            self.seen[f"session {found[:4]}..."] = found


class _Witness:
    """Stands before a product, notes the secrets that pass, and answers in its place if it is told to."""

    def __init__(self, product: WSGIApplication) -> None:
        self.product = product
        self.of: Guarded | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        guarded, path = self.of, environ["PATH_INFO"]
        if guarded is None or path.startswith("/_sim"):
            return self.product(environ, start_response)
        headers = [(name[5:].replace("_", "-"), str(value)) for name, value in environ.items() if name[:5] == "HTTP_"]
        guarded.note(headers)
        echo = guarded.echo
        if echo and echo.skip <= 0:
            echo.shown += 1
            known = list(guarded.secrets.values())
            secret = known[echo.which % len(known)]
            return _answer(echo.make(spellings(secret)[echo.spelling]), environ, start_response)
        if echo:
            echo.skip -= 1

        begun: list[t.Any] = []

        def note(status: str, headers: list[tuple[str, str]], exc_info: t.Any = None) -> t.Any:
            guarded.note(headers)
            begun[:] = [status, headers]
            return lambda data: None

        body = b"".join(self.product(environ, note))
        guarded.note([], body.decode("utf-8", "replace"))
        if guarded.spoil and _LOGIN.search(path):
            status, text = guarded.spoil(body.decode())
            begun[:] = [status, [(name, value) for name, value in begun[1] if name.lower() != "content-length"]]
            body = text.encode()
            begun[1].append(("Content-Length", str(len(body))))
        start_response(*begun)
        return [body]


def _answer(
    answer: tuple[str, str, str, str], environ: WSGIEnvironment, start_response: StartResponse
) -> t.Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, content_type, text, location = answer
    body = text.encode()
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, ("Location", location)] if location else headers)
    return [body]


@contextlib.contextmanager
def guarded(
    system: str, context: ssl.SSLContext | None = None, authority: str = "", port: int = 0
) -> t.Iterator[Guarded]:
    """Serve a product within this process; over TLS if there is a context, for which the tests trust the authority."""
    simulator = PRODUCTS[system]()
    witness = _Witness(simulator.app.wsgi_app)
    simulator.app.wsgi_app = witness  # type: ignore[method-assign]
    trusted = ssl.create_default_context(cafile=authority) if authority else None
    with serving(simulator, port, context) as server:
        found = Guarded(Target(system, server.options, Control(server.origin, trusted)), simulator)
        witness.of = found
        yield found


# --- the search ----------------------------------------------------------------------------------------------


def leaks(text: str, secrets_by_name: t.Mapping[str, str]) -> list[str]:
    """The names of the secrets of which a text shows any part, in any guise."""
    seen = list(_views(text))
    return [
        name
        for name, secret in secrets_by_name.items()
        if any(part in view for part in _parts(secret) for view in seen) or _in_base64(text, secret)
    ]


def _parts(secret: str) -> list[str]:
    step = STRIDE if len(secret) > 100 else 1
    return [secret[index : index + PART] for index in range(0, len(secret) - PART + 1, step)]


def _views(text: str) -> set[str]:
    """The text, and what it says when each way of writing is undone, once and twice."""
    seen = {text}
    for _time in range(2):
        seen |= {undo(view) for view in seen for undo in (html.unescape, urllib.parse.unquote_plus, _unescaped)}
    return seen


_ESCAPES = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))")


def _unescaped(text: str) -> str:
    """Without the escapes of JSON and Python."""
    return _ESCAPES.sub(lambda found: found[3] or chr(int(found[1] or found[2], 16)), text)


def _in_base64(text: str, secret: str) -> bool:
    """Whether a part of the secret is in Base64 somewhere, alone or within something longer."""
    plain = text.replace("-", "+").replace("_", "/").replace("%2B", "+").replace("%2F", "/")
    plain = plain.replace("%2b", "+").replace("%2f", "/").replace("\\/", "/")
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        middle = whole[4 if before else 0 : -1]
        if any(part in plain for part in (middle[at : at + 12] for at in range(0, max(1, len(middle) - 11), 4))):
            return len(middle) >= 12
    return False


def spellings(secret: str, user: str = "operator") -> dict[str, str]:
    """The guises in which a product or a gateway repeats a secret."""
    quoted = html.escape(secret)
    return {
        "plain": secret,
        "JSON": secret.replace("\\", "\\\\").replace('"', '\\"'),
        "JSON in ASCII": secret.encode("unicode_escape").decode().replace('"', '\\"').replace("\\xe9", "\\u00e9"),
        "HTML": quoted,
        "XML": quoted.replace("&#x27;", "&apos;"),
        "address": urllib.parse.quote(secret, safe=""),
        "form": urllib.parse.quote_plus(secret).lower() if secret.islower() else urllib.parse.quote_plus(secret),
        "Base64": base64.b64encode(secret.encode()).decode(),
        "Basic": base64.b64encode(f"{user}:{secret}".encode()).decode(),
        "Python": repr(secret),
    }
