# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret comes out, whatever a product, a fault of ours, or a curious user does.

Every module runs with canaries in each option that may hold a secret, against products that repeat them in every
spelling. All that a run shows, logs and leaves is searched, for parts of them too. What ansible-core itself shows or
keeps of the arguments of any module is not ours: with ANSIBLE_DEBUG one line for each task, and with
ANSIBLE_KEEP_REMOTE_FILES the file that the module is sent as, which has to hold them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import itertools
import json
import pathlib
import typing as t

import pytest
from ansible.module_utils.basic import AnsibleModule
from support.canaries import ACCESS_KEY, PASSWORD, PRODUCTS, SECRET_KEY, Echo, Guarded, guarded, leaks, spellings
from support.clock import ProductClock
from support.inprocess import run_module
from support.scenes import mixed_jobs
from support.torture import FULL, spread, tally

from ansible_collections.batchops.job_control.plugins.module_utils import (
    _arguments,
    _engine,
    _errors,
    _http,
    _module,
    _report,
    _response,
    _secrets,
    _selection,
    _xml,
)
from ansible_collections.batchops.job_control.plugins.module_utils._journal.file import Journal
from ansible_collections.batchops.job_control.plugins.module_utils._system import environment_variable
from ansible_collections.batchops.job_control.plugins.module_utils._window import window

Options = dict[str, t.Any]
Spoil = t.Callable[[str], tuple[str, str]]

EVERYWHERE: dict[str, Options] = {
    "job_info": {},
    "job_wait": {"names": ["completed*"], "wait_timeout": 5},
    "job_suspend": {"all": True},
    "job_resume": {"all": True},
    "job_retry": {"all": True},
    "job_cancel_running": {"all": True, "confirm_irreversible": True},
}
OF_ONE: dict[str, tuple[str, Options]] = {
    "ajs_change_status": ("ajs", {"new_status": "NORMAL"}),
    "ajs_agent_state": ("ajs", {"agents": ["agent"], "state": "hold"}),
    "commvault_activity": ("commvault", {"scope": "commcell", "activity": "backup", "state": "disabled"}),
    "prime_job_cancel": ("prime", {"all": True, "confirm_irreversible": True}),
}
MODULES = [(module, system) for module in EVERYWHERE for system in PRODUCTS]
MODULES += [(module, system) for module, (system, _options) in OF_ONE.items()]
WITHOUT_JOURNAL = {"job_info", "job_wait", "job_retry", "job_cancel_running", *OF_ONE}


@pytest.fixture(scope="module")
def products() -> t.Iterator[dict[str, Guarded]]:
    with contextlib.ExitStack() as stack:
        yield {system: stack.enter_context(guarded(system)) for system in PRODUCTS}


@dataclasses.dataclass
class Bench:
    """Runs modules within this process, and keeps all that they show: result, system log, error output, journal."""

    products: dict[str, Guarded]
    folder: pathlib.Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    logged: list[str] = dataclasses.field(default_factory=list)
    searched: dict[str, int] = dataclasses.field(default_factory=dict)

    def run(
        self,
        module: str,
        system: str,
        *,
        way: str = "password",
        place: str = "task",
        echo: Echo | None = None,
        spoil: Spoil | None = None,
    ) -> str:
        """All that a run shows, in which no secret was found.

        :param way: how it logs in: password, token or key.
        :param place: where the options come from: task or environment.
        """
        shown = self.shown(module, system, way=way, place=place, echo=echo, spoil=spoil)
        secrets = self.products[system].secrets
        for what, text in shown.items():
            assert leaks(text, secrets) == [], f"{module} {system} {way} {echo}: {what}: {text[-1500:]}"
        self.searched[system] = self.searched.get(system, 0) + len(secrets) * len(shown)
        return shown["result"]

    def shown(
        self,
        module: str,
        system: str,
        *,
        way: str = "password",
        place: str = "task",
        echo: Echo | None = None,
        spoil: Spoil | None = None,
    ) -> dict[str, str]:
        product = self.products[system]
        product.renew()
        product.way = way
        scene = mixed_jobs(product.target, 1)
        options = {**_of_module(module, scene.running[0]), **_credentials(product)}
        journal = self.folder / "journal"
        journal.unlink(missing_ok=True)
        if module not in WITHOUT_JOURNAL:
            options.update(journal=str(journal), window="night")
        if module == "job_resume":
            prepared = {**product.options, "all": True, "journal": str(journal), "window": "night"}
            run_module("job_suspend", clock=ProductClock(product.simulator.clock), **prepared)
            del options["all"]
            product.seen.clear()
        product.echo, product.spoil = echo, spoil
        self.logged.clear()
        with self.monkeypatch.context() as patch:
            patch.setattr(AnsibleModule, "_log_to_syslog", lambda _module, text: self.logged.append(str(text)))
            if place == "environment":
                for name in (*product.options, *product.given):
                    if name in options and name != "location":
                        patch.setenv(environment_variable(name), str(options.pop(name)))
            result = run_module(module, clock=ProductClock(product.simulator.clock), **options)
        captured = self.capsys.readouterr()
        return {
            "result": json.dumps(result, ensure_ascii=False),
            "system log": "\n".join(self.logged),
            "error output": captured.err,
            "output": captured.out,
            "journal": journal.read_text() if journal.exists() else "",
        }


@pytest.fixture
def bench(
    products: dict[str, Guarded],
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> t.Iterator[Bench]:
    monkeypatch.setattr(_secrets, "_known", {})
    bench = Bench(products, tmp_path, monkeypatch, capsys)
    yield bench
    for system, count in bench.searched.items():
        tally("secrets searched", count, system)


def _of_module(module: str, job_id: str) -> Options:
    own: Options = dict(EVERYWHERE[module] if module in EVERYWHERE else OF_ONE[module][1])
    if module == "ajs_change_status":
        own["unit_name"], own["exec_id"] = job_id.split(":")
    return own


def _credentials(product: Guarded) -> Options:
    options = {**product.options, "retry_timeout": 0}
    if product.way != "password":
        for name in ("username", "password", "drs_domain"):
            options.pop(name, None)
    return {**options, **product.given}


def ways(system: str) -> tuple[str, ...]:
    return {"commvault": ("password", "token"), "drs": ("password", "key")}.get(system, ("password",))


# --- what a product may answer -------------------------------------------------------------------------------


def page(status: str, start: str = "", content_type: str = "text/html") -> t.Callable[[int], t.Callable[..., t.Any]]:
    """A page with a secret on it, so many characters after its beginning."""

    def padded(pad: int) -> t.Callable[[str], tuple[str, str, str, str]]:
        return lambda secret: (status, content_type, f"{start}{'x' * pad} {secret} {secret}", "")

    return padded


def in_json(status: str) -> t.Callable[[int], t.Callable[..., t.Any]]:
    """An error body with the fields of all five products."""

    def padded(pad: int) -> t.Callable[[str], tuple[str, str, str, str]]:
        def make(secret: str) -> tuple[str, str, str, str]:
            words = f"{'x' * pad} {secret} {secret}"
            fields = dict.fromkeys(("errorMessage", "errorString", "message", "Message", "error_msg"), words)
            body = {**fields, "error_code": "DRS.M1", "errorCode": 2, "messageID": "KNAK", "error": {"message": words}}
            body["errorDocument"] = {"message": words, "code": secret}
            return status, "application/json", json.dumps(body), ""

        return make

    return padded


def in_xml(status: str) -> t.Callable[[int], t.Callable[..., t.Any]]:
    """An error of Veeam's, which speaks XML by default."""

    def padded(pad: int) -> t.Callable[[str], tuple[str, str, str, str]]:
        def make(secret: str) -> tuple[str, str, str, str]:
            words = f"{'x' * pad} {spellings(secret)['XML']}"
            return status, "application/xml", f'<Error Message="{words}" StatusCode="500" xmlns="urn:x"/>', ""

        return make

    return padded


def elsewhere(pad: int) -> t.Callable[[str], tuple[str, str, str, str]]:
    """A redirect whose address holds what was sent."""
    return lambda secret: (
        "302 Found",
        "text/html",
        "",
        f"http://127.0.0.1:9/{'x' * pad}?{spellings(secret)['address']}",
    )


ANSWERS = {
    "401 page": page("401 Unauthorized", "<html><p>"),
    "401 text": page("401 Unauthorized", content_type="text/plain"),
    "403 JSON": in_json("403 Forbidden"),
    "403 text": page("403 Forbidden"),
    "500 text": page("500 Internal Server Error"),
    "500 JSON": in_json("500 Internal Server Error"),
    "500 XML": in_xml("500 Internal Server Error"),
    "400 JSON": in_json("400 Bad Request"),
    "200 page": page("200 OK", "<html><p>You sent "),
    "200 text": page("200 OK", "You sent "),
    "200 JSON": in_json("200 OK"),
    "200 XML": page("200 OK", "<a>", "application/xml"),
    "404 text": page("404 Not Found", "No "),
    "503 JSON": in_json("503 Service Unavailable"),
    "redirect": elsewhere,
}
#: characters before the secret: none, or so many that a cut at 60, 200 or 500 goes through the middle of one
PADS = (0, 185, 170, 480, 460, 40, 140, 100)
SPELLINGS = tuple(spellings("x"))


def echoes() -> list[tuple[str, str, str, str, Echo]]:
    """Module, system, way, place and what is answered: each module with each answer at the first and at a later
    request, and each product with each answer in each spelling at each distance from a cut."""
    spelled = itertools.cycle([(spelling, pad) for pad in PADS for spelling in SPELLINGS])
    which, places = itertools.count(), itertools.cycle(("task", "environment", "task"))
    points = []

    def add(module: str, system: str, answer: str, spelling: str, pad: int, skip: int) -> None:
        number = next(which)
        way = ways(system)[number % len(ways(system))]
        echo = Echo(ANSWERS[answer](pad), spelling, number, skip)
        points.append((module, system, way, next(places), echo))

    for answer, skip, (module, system) in itertools.product(ANSWERS, (0, 1, 2), MODULES):
        add(module, system, answer, *next(spelled), skip)
    for answer, skip, pad, spelling, system in itertools.product(ANSWERS, (0, 1), PADS, SPELLINGS, PRODUCTS):
        add("job_info", system, answer, spelling, pad, skip)
    return points


# --- the tests -------------------------------------------------------------------------------------------------


def test_the_search_finds_every_spelling_and_half_a_secret() -> None:
    secrets = {"password": PASSWORD}
    for spelling, written in spellings(PASSWORD).items():
        for before in ("", "a", "ab"):
            assert leaks(before + written, secrets) == ["password"], spelling
            assert leaks(f"... {before}{written[: len(written) * 2 // 3]}", secrets) == ["password"], spelling
            assert leaks(json.dumps(json.dumps(before + written)), secrets) == ["password"], spelling
    assert leaks("pw operator ******** <&> VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", secrets) == []


def test_without_masking_the_search_finds_what_a_product_repeats(bench: Bench) -> None:
    """So the canaries do come back, and where nothing is found, they have been masked."""
    for module in (_errors, _secrets):  # in the latter for masked_start
        bench.monkeypatch.setattr(module, "masked", lambda text: text)
    for spelling in ("HTML", "address", "Python"):
        shown = bench.shown("job_info", "prime", echo=Echo(ANSWERS["403 text"](0), spelling, 0))
        assert leaks(shown["result"], bench.products["prime"].secrets), spelling
    bench.monkeypatch.setattr(_module.JobControlModule, "conceal", lambda _module, secret: None)
    shown = bench.shown("job_info", "prime", echo=Echo(ANSWERS["403 text"](0), "Basic", 0))
    assert leaks(shown["result"], bench.products["prime"].secrets)


@pytest.mark.parametrize("place", ["task", "environment"])
def test_a_run_that_ends_well_shows_none(bench: Bench, place: str) -> None:
    for module, system in MODULES if FULL or place == "task" else MODULES[:5]:
        for way in ways(system):
            result = json.loads(bench.run(module, system, way=way, place=place))
            assert "error" not in result or result["error"]["kind"] in (
                "usage",
                "ineligible",
                "partial",
                "not_found",
            ), result


def test_a_product_that_repeats_secrets_is_not_repeated(bench: Bench) -> None:
    shown = masks = 0
    for module, system, way, place, echo in spread(echoes(), 80):
        result = bench.run(module, system, way=way, place=place, echo=echo)
        shown += bool(echo.shown)
        masks += "********" in result
    assert shown > masks > 0


# --- a fault of ours ---------------------------------------------------------------------------------------------


def _product(system: str, part: str) -> t.Any:
    package = "ansible_collections.batchops.job_control.plugins.module_utils"
    return importlib.import_module(f"{package}._{system}.{part}")


def _decoder(system: str) -> tuple[t.Any, str]:
    own = {"veeam": (_xml, "parse"), "commvault": (_product("commvault", "wire"), "fault")}
    return own.get(system, (_response.Response, "json"))


def layers(system: str) -> dict[str, tuple[t.Any, str]]:
    """A function of each layer that `job_suspend` goes through."""
    api = _product(system, "api")
    own = [value for value in vars(api).values() if getattr(value, "__module__", "") == api.__name__]
    of_product = next(value for value in own if hasattr(value, "capabilities"))
    return {
        "http": (_http.HttpSession, "_exchange"),
        "an answer": _decoder(system),
        "login": (_http.HttpSession, "read"),
        "wire": (_product(system, "wire"), "decode_page" if system == "ajs" else "page"),
        "state table": (of_product, "decide"),
        "product": (of_product, "act"),
        "connecting": (_module, "connect"),
        "logout": (of_product, "close"),
        "arguments": (_arguments, "policy"),
        "selection": (_selection, "each"),
        "plan": (_engine.Engine, "plan"),
        "work": (_engine.Engine, "carry_out"),
        "beginning of the journal": (Journal, "begin"),
        "journal": (Journal, "intend"),
        "records": (Journal, "suspended"),
        "recovery": (window, "settle"),
        "report": (_report, "written"),
    }


def raised(text: str, secrets: list[str]) -> list[Exception]:
    """Exceptions that hold secrets, each in the way of its kind."""
    caused = RuntimeError(text)
    caused.__cause__ = ValueError(text)
    return [
        caused,
        KeyError(*secrets),
        OSError(5, text, text),
        ValueError({"headers": secrets, "body": text.encode()}),
        UnicodeEncodeError("latin-1", text, 0, 1, text),
        _errors.ProtocolError(_errors.excerpt(f"{'x' * 190}{text}"), code=text),
    ]


KINDS_RAISED = len(raised("", []))
FAULTS = [
    (system, layer, spelling, kind)
    for kind in range(KINDS_RAISED)
    for spelling in SPELLINGS
    for system in PRODUCTS
    for layer in layers(system)
]


def test_a_fault_of_ours_shows_none(bench: Bench) -> None:
    struck = 0
    for system, layer, spelling, kind in spread(FAULTS, 60):
        product = bench.products[system]

        owner, name = layers(system)[layer]
        genuine, calls = getattr(owner, name), itertools.count()

        def strike(*arguments: t.Any, **options: t.Any) -> t.Any:
            if layer == "an answer" and next(calls) == 0:  # noqa: B023 - the one to a login, whose token is new
                return genuine(*arguments, **options)  # noqa: B023
            secrets = [spellings(secret)[spelling] for secret in product.secrets.values()]  # noqa: B023
            raise raised(" ".join(secrets), secrets)[kind]  # noqa: B023

        with bench.monkeypatch.context() as patch:
            patch.setattr(owner, name, strike)
            result = json.loads(bench.run("job_suspend", system))
        struck += "error" in result
        if kind == 0:
            assert "error" in result or layer == "recovery", (layer, system, result)
    assert struck


# --- secrets in the wrong place ----------------------------------------------------------------------------------


@pytest.mark.parametrize("system", PRODUCTS)
def test_an_answer_to_a_login_that_cannot_be_read_shows_no_token(bench: Bench, system: str) -> None:
    """The product has made a token, but nobody could know it as one."""
    for status in ("200 OK", "500 Internal Server Error", "400 Bad Request"):
        for spoil in (lambda body: body[: len(body) - 3], lambda body: "x" + body, lambda body: f"[{body}, {body}]"):
            result = bench.run("job_info", system, spoil=lambda body: (status, spoil(body)))  # noqa: B023
            assert "error" in json.loads(result), system


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_a_password_in_an_address_is_refused_and_not_shown(bench: Bench, scheme: str) -> None:
    for written in (PASSWORD.replace("/", ""), ACCESS_KEY):
        for address in (f"{scheme}://user:{written}@127.0.0.1/", f"{scheme}://127.0.0.1/?token={written}"):
            result = run_module("job_info", system="prime", url=address, username="user", password="other")
            assert result["error"]["kind"] == "usage"
            assert leaks(json.dumps(result), {"address": written}) == []


@pytest.mark.parametrize("option", ["client_key", "client_cert", "ca_path"])
def test_a_key_in_place_of_its_file_is_refused_and_not_shown(bench: Bench, option: str) -> None:
    key = f"-----BEGIN PRIVATE KEY-----\n{PASSWORD}\n{SECRET_KEY}\n-----END PRIVATE KEY-----\n"
    options = {**bench.products["prime"].options, "client_cert": "/nowhere.pem", option: key}
    result = run_module("job_info", **options)
    assert result["error"]["kind"] == "usage"
    assert option in result["msg"]
    assert leaks(json.dumps(result), {"password": PASSWORD, "key": SECRET_KEY}) == []
