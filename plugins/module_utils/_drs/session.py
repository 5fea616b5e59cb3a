# Copyright: (c) 2026, the batchops.job_control authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to this collection: may change without notice.
# Imports: the standard library, _clock, _errors, _http, _response, _secrets, _system, dialects, signing, wire.

"""Requests to DRS as a known user: by IAM token, our own or an injected one, or signed (contract 3, 4)."""

from __future__ import annotations

import json
import threading
import typing as t
import urllib.parse

from ansible_collections.batchops.job_control.plugins.module_utils._clock import Clock, Deadline
from ansible_collections.batchops.job_control.plugins.module_utils._drs import signing, wire
from ansible_collections.batchops.job_control.plugins.module_utils._drs.dialects import Request
from ansible_collections.batchops.job_control.plugins.module_utils._errors import (
    AuthFailed,
    JobControlError,
    PermissionDenied,
    ProtocolError,
    Refused,
    UsageError,
    excerpt,
)
from ansible_collections.batchops.job_control.plugins.module_utils._http import HttpSession
from ansible_collections.batchops.job_control.plugins.module_utils._response import Peer, Response
from ansible_collections.batchops.job_control.plugins.module_utils._secrets import remember
from ansible_collections.batchops.job_control.plugins.module_utils._system import Connection

#: Where a read is replayed too: `DRS.M00004`, service abnormal, comes with one or the other (contract 8.7).
BUSY_STATUSES = (500, 422)
LANGUAGE = "en-us"

#: The region whose domain is not the common one (contract 3).
_DOMAINS = {"eu-west-101": "myhuaweicloud.eu"}
_DOMAIN = "myhuaweicloud.com"
_DEFAULT_PORTS = {"https": 443, "http": 80}

Query = t.Sequence[tuple[str, str]]


def _whose(is_of_peer: t.Callable[[wire.Json], bool]) -> t.Callable[[Response], bool]:
    """Whose answer it is, by the JSON object that it is if it is a service's of this cloud."""

    def is_own(response: Response) -> bool:
        try:
            return is_of_peer(response.json_object())
        except ProtocolError:
            return False

    return is_own


_DRS = Peer("DRS", _whose(wire.is_of_drs), advice="check url and drs_region", busy=frozenset(BUSY_STATUSES))
_IAM = Peer("IAM", _whose(wire.is_of_iam), advice="check drs_iam_url", busy=frozenset(BUSY_STATUSES))


class Access(t.NamedTuple):
    """What a request needs of the caller; the token is empty where requests are signed."""

    project_id: str
    token: str


class DrsSession:
    """Sends requests below `/{version}/{project_id}/`. Safe to use from several threads.

    :raises UsageError: an option is missing; no request was sent.
    """

    def __init__(self, connection: Connection, clock: Clock, workers: int, version: str) -> None:
        options = connection.product
        self._connection = connection
        self._clock = clock
        self._version = version
        self._region: str = options.get("region") or ""
        self._project_id: str = options.get("project_id") or ""
        self._key: str = options.get("access_key") or ""
        self._secret: str = options.get("secret_key") or ""
        self._security_token: str = options.get("security_token") or ""
        _check(connection)
        self.base_url = connection.url.rstrip("/") or service_url("drs", self._region)
        self._iam_url = (options.get("iam_url") or _iam_of(self.base_url)).rstrip("/")
        if (self._logs_in or not self._project_id) and not self._iam_url.startswith(("https://", "http://")):
            raise UsageError(
                "drs_iam_url is required, as https://host: it cannot be told from this url where its users log in. "
                "Give the address of the IAM service that belongs to it."
            )
        self._http = HttpSession(connection, clock, workers=workers, peer=_DRS)
        self._lock = threading.Lock()
        self._access: Access | None = None
        self._renewed = False

    @property
    def project(self) -> str:
        """The project as the user named it: by its id, or by the region that gives it its name within a domain."""
        return self._project_id or f"{self._region} {self._connection.product.get('domain') or ''}".rstrip()

    @property
    def traffic(self) -> dict[str, t.Any]:
        return self._http.traffic

    def bound(self, deadline: Deadline) -> None:
        """Wait for nothing beyond this; see `HttpSession`."""
        self._http.bound(deadline)

    @property
    def deadline(self) -> Deadline:
        """Until when something may be waited for."""
        return self._http.deadline

    def close(self) -> None:
        """Close connections. IAM knows no logout (contract 4.1)."""
        self._http.close()

    def read(self, request: Request) -> Response:
        """Send a request that changes nothing; again with a new token when the one it had is not accepted any more."""
        access = self._first_access()
        response = self._send(request, self._http.read, access)
        renewed = self._renewed_after(response, access)
        return self._send(request, self._http.read, renewed) if renewed else response

    def write(self, request: Request) -> Response:
        """Send a request that changes something.

        :raises AuthFailed: the token is not accepted any more, so nothing was done, and there is a new one.
        """
        access = self._first_access()
        response = self._send(request, self._http.write, access)
        if response.is_own and self._renewed_after(response, access):
            code, words = _stated(response)
            raise AuthFailed(
                f"{excerpt(words) or 'The token is not accepted any more'} ({response.origin})",
                code=code or None,
                http_status=response.status,
                method=response.method,
                url=response.url,
                not_done=True,
            )
        return response

    # --- who calls -------------------------------------------------------------------------------------------

    @property
    def _signs(self) -> bool:
        return bool(self._key) and not self._connection.token

    @property
    def _logs_in(self) -> bool:
        return not self._connection.token and not self._signs

    def _first_access(self) -> Access:
        with self._lock:
            if self._access is None:
                if self._logs_in:
                    self._access = self._log_in()
                else:
                    token = self._connection.token
                    self._access = Access(self._project_id or self._find_project(token), token)
            return self._access

    def _renewed_after(self, response: Response, refused: Access) -> Access | None:
        """A newer token than the one that was refused; None when it was not, or a second login was of no use."""
        if not self._logs_in or not _token_refused(response):
            return None
        with self._lock:
            if self._access is refused:
                if self._renewed:
                    return None
                self._renewed = True
                self._access = self._log_in()
            return self._access

    def _send(self, request: Request, exchange: t.Callable[..., Response], access: Access) -> Response:
        project = urllib.parse.quote(access.project_id, safe="")
        url = f"{self.base_url}/{self._version}/{project}/{request.path}"
        body = b"" if request.body is None else json.dumps(request.body).encode()
        headers = {"X-Language": LANGUAGE}
        if body:
            headers["Content-Type"] = "application/json"
        if self._signs:
            headers["X-Project-Id"] = access.project_id
        headers = self._identified(request.method, url, request.query, headers, body, access.token)
        return self._in_time(exchange(request.method, url, headers=headers, query=sorted(request.query), body=body))

    def _in_time(self, response: Response) -> Response:
        """The answer, unless our clock is the reason that a signature was refused.

        :raises AuthFailed: it is.
        """
        if not self._signs or response.status != 401:
            return response
        code, words = _stated(response)
        advice = wire.clock_advice(words, response.headers.get("date", ""), self._clock.time())
        if advice:
            raise response.failure(f"{excerpt(words) or 'The signature is not accepted'}; {advice}", code or None)
        return response

    def _identified(
        self, method: str, url: str, query: Query, headers: dict[str, str], body: bytes, token: str
    ) -> dict[str, str]:
        """The headers with what says who calls: the token, or the signature over all of them."""
        if not self._signs:
            return {**headers, "X-Auth-Token": token}
        headers = {**headers, "Host": _host(url), "X-Sdk-Date": signing.sdk_date(self._clock.time())}
        if self._security_token:
            headers["X-Security-Token"] = self._security_token
        proof = signing.authorization(method, url, query, headers, body, self._key, self._secret)
        remember(proof.rpartition("=")[2], "signature")  # one for each request: too many to look for in the result
        return {**headers, "Authorization": proof}

    # --- IAM -------------------------------------------------------------------------------------------------

    def _log_in(self) -> Access:
        """A new token, and the project it is for (contract 4.1)."""
        user = {
            "name": self._connection.username,
            "password": self._connection.password,
            "domain": {"name": self._connection.product.get("domain")},
        }
        project = {"id": self._project_id} if self._project_id else {"name": self._region}
        identity = {"methods": ["password"], "password": {"user": user}}
        body = json.dumps({"auth": {"identity": identity, "scope": {"project": project}}}).encode()
        # Nothing in IAM depends on how often a login arrives, so it is replayed like a read.
        response = self._http.read(
            "POST",
            f"{self._iam_url}/v3/auth/tokens",
            headers={"Content-Type": "application/json"},
            query=[("nocatalog", "true")],
            body=body,
            peer=_IAM,
        )
        token = response.headers.get("x-subject-token", "")
        self._connection.hide(token)
        answer = _iam_answer(response)
        if not token:
            raise _unexpected(response, "The login gave no token: the header X-Subject-Token is missing")
        found = self._project_id or _project_of(answer)
        if not found:
            raise _unexpected(response, "The login gave a token without a project; set drs_project_id")
        return Access(found, token)

    def _find_project(self, token: str) -> str:
        """The id of the project that is named like the region (contract 4.1)."""
        url, query = f"{self._iam_url}/v3/projects", [("name", self._region)]
        headers = self._identified("GET", url, query, {}, b"", token)
        response = self._in_time(self._http.read("GET", url, headers=headers, query=query, peer=_IAM))
        projects = _iam_answer(response).get("projects")
        for project in projects if isinstance(projects, list) else ():
            if isinstance(project, dict) and project.get("name") == self._region and project.get("id"):
                return str(project["id"])
        raise PermissionDenied(
            f"The user has no project {self._region}; set drs_project_id",
            http_status=response.status,
            method=response.method,
            url=response.url,
        )


def body_of(response: Response, has_results: t.Callable[[wire.Json], bool]) -> dict[str, t.Any]:
    """The JSON object of an answer that is either a success or tells of single tasks.

    :raises JobControlError: it is neither, with the product's own code and words.
    """
    if not response.is_own:  # a 401
        raise response.failure()
    body = response.json_object()
    if has_results(body) and response.status < 500:
        return body
    code, message = wire.fault(body)
    if response.is_good and not code:
        return body
    error = wire.error(code, message)
    if error.kind == Refused.kind and not error.maybe_applied and not response.is_good:  # the status says more
        raise response.failure(excerpt(message), code or None)
    raise placed(error, response)


def placed(error: JobControlError, response: Response) -> JobControlError:
    """The error with the request that it came from."""
    error.http_status, error.method, error.url = response.status, response.method, response.url
    error.maybe_applied = error.maybe_applied or (response.failure().maybe_applied and not error.not_done)
    return error


def service_url(service: str, region: str) -> str:
    """The address of a service in a region of Huawei Cloud (contract 3)."""
    return f"https://{service}.{region}.{_DOMAINS.get(region, _DOMAIN)}"


def _check(connection: Connection) -> None:
    """Insist on what the way of logging in needs."""
    options = connection.product
    if not options.get("region"):
        connection.need(url="the address of DRS, unless drs_region is given")
        if not options.get("project_id"):
            connection.need(drs_region="the name of the project, unless drs_project_id is given")
    if connection.token:
        return
    if options.get("access_key") or options.get("secret_key"):
        connection.need(drs_access_key="to sign requests", drs_secret_key="to sign requests")
    else:
        purpose = "to log in to IAM, unless there is a token or an access key"
        connection.need(username=purpose, password=purpose, drs_domain=purpose)


def _iam_of(base_url: str) -> str:
    """The IAM service next to a DRS service, on Huawei Cloud and Open Telekom Cloud alike (contract 3).

    Only their pattern of names is followed: a password must not go to a cloud that the url does not belong to.
    """
    scheme, _separator, rest = base_url.partition("://")
    return f"{scheme}://iam.{rest[len('drs.') :]}" if rest.startswith("drs.") else ""


def _host(url: str) -> str:
    """The header Host as it is sent: without the port that the scheme implies."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    implied = f":{_DEFAULT_PORTS.get(parts.scheme, '')}"
    return host[: -len(implied)] if host.endswith(implied) else host


def _token_refused(response: Response) -> bool:
    """Whether a new login may help: the gateway's 401, or DRS's own 403 (contract 4.3)."""
    if response.status not in (401, 403):
        return False
    code, _words = _stated(response)
    if response.status == 401:
        return not code.startswith("DRS.") or code == wire.TOKEN_REFUSED
    return code == wire.TOKEN_REFUSED


def _stated(response: Response) -> tuple[str, str]:
    """Code and words of an error, of whichever service; both empty where it is a stranger's."""
    return wire.fault(response.json_object()) if response.is_own else ("", "")


def _iam_answer(response: Response) -> dict[str, t.Any]:
    """The JSON object of a good answer of IAM, or of the API gateway before it (contract 4.1, 4.3)."""
    if response.is_good:
        return response.json_object()
    code, words = _stated(response)
    raise response.failure(f"IAM says: {excerpt(words)}" if words else "", code or None)


def _project_of(answer: t.Mapping[str, t.Any]) -> str:
    found: t.Any = answer
    for key in ("token", "project", "id"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _unexpected(response: Response, message: str) -> ProtocolError:
    return ProtocolError(message, http_status=response.status, method=response.method, url=response.url)
