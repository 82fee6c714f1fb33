"""A real OpenID provider for tests: npm's oidc-provider, run by node, and the people who sign in there.

tests/support/oidc/provider.mjs is the program, with what it can be told to do wrong. `make test-setup`
installs what it needs.
"""

import contextlib
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from tests.support.ports import free_port
from tests.support.servers import LiveServer, clean_environment, running, until

FOLDER = Path(__file__).parent / "oidc"
CALLBACK = "/sign-in/oidc/callback"
START_SECONDS = 60

_keys = itertools.count(1)


class NoProvider(Exception):
    """The provider cannot be run; the message says how to get what is missing."""


def node() -> str:
    """A Node.js that is new enough; the one that Playwright brings will do."""
    import playwright

    own = Path(playwright.__file__).parent / "driver" / "node"
    for path in (str(own), str(Path(sys.executable).parent / "node"), shutil.which("node")):
        with contextlib.suppress(OSError, TypeError):
            said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
            if (found := re.match(r"v(\d+)\.", said)) and int(found[1]) >= 20:
                return str(path)
    raise NoProvider("These tests need Node.js 20 or newer: `make test-setup` brings it.")


@dataclass
class Provider:
    """A running provider. Issuer and client are fixed, people come and go."""

    server: LiveServer
    client_id: str = "greenroom"
    client_secret: str = "the secret of the tests' client"
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        # By another name than Greenroom's, so that browsers take the two for different sites.
        return f"http://localhost:{self.server.port}"

    def environ(self, **more: str) -> dict[str, str]:
        """The variables with which a Greenroom signs people in here; `more` without GREENROOM_OIDC_."""
        return {
            "GREENROOM_OIDC_ISSUER": self.issuer,
            "GREENROOM_OIDC_CLIENT_ID": self.client_id,
            "GREENROOM_OIDC_CLIENT_SECRET": self.client_secret,
        } | {f"GREENROOM_OIDC_{name}": value for name, value in more.items()}

    def know(self, subject: str, **claims: Any) -> None:
        """Let somebody sign in, about whom the provider then says `claims`."""
        self.people[subject] = {"preferred_username": subject, "groups": []} | claims
        self._tell(None)

    @contextlib.contextmanager
    def doing(self, wrong: str) -> Iterator[None]:
        """Inside the block the provider does wrong; see TWISTS in provider.mjs."""
        self._tell(wrong)
        try:
            yield
        finally:
            self._tell(None)

    def change_keys(self) -> None:
        """Sign with another key from now on, and publish that one alone."""
        self._key = f"key {next(_keys)}"
        self._tell(None)

    def forget_everybody(self) -> None:
        """Know nobody, as in the beginning."""
        self.people.clear()
        self._tell(None)

    _key = "first"

    def _tell(self, twist: str | None) -> None:
        wanted = {"people": self.people, "twist": twist, "key": self._key}
        requests.put(f"{self.server.url}/control", json=wanted, timeout=30).raise_for_status()


class Person:
    """Somebody's browser at the provider, with the provider's cookies."""

    def __init__(self) -> None:
        self.browser = requests.Session()

    def sign_in(self, address: str, login: str) -> str:
        """Follow where Greenroom sent the browser, and say who one is; where the provider sends it back to."""
        return self._follow(address, {"login": login})

    def cancel(self, address: str) -> str:
        """Follow where Greenroom sent the browser, and think better of it."""
        return self._follow(address, {"cancel": "yes"})

    def _follow(self, address: str, answer: dict[str, str]) -> str:
        for _ in range(10):
            if urlsplit(address).path == CALLBACK:
                return address
            if "/interaction/" in address:
                response = self.browser.post(address, data=answer, allow_redirects=False, timeout=30)
            else:
                response = self.browser.get(address, allow_redirects=False, timeout=30)
            assert response.is_redirect, f"{response.status_code} at {address}: {response.text[:500]}"
            address = urljoin(address, response.headers["Location"])
        raise AssertionError(f"the provider sends the browser in a circle: {address}")


@contextlib.contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """A provider on a free port, stopped afterwards; its output goes to `folder`. Raises `NoProvider`."""
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        raise NoProvider("These tests need npm's oidc-provider: `make test-setup` brings it.")
    port, log = free_port(), folder / "provider.log"
    command = [node(), "provider.mjs", str(port)]
    with running(command, clean_environment(), log, cwd=FOLDER, patience=0) as process:
        until(process, log, START_SECONDS, lambda: "ready" in log.read_text(errors="replace"))
        yield Provider(LiveServer(f"http://127.0.0.1:{port}", process, log))
