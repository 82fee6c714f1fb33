"""A real nginx in front, set up as the documentation says: at the root, below a path, and with no proxy trusted."""

import re

import pytest
import requests

from tests.support.nginx import documented_lines, nginx
from tests.support.servers import live_greenroom, make_administrator

pytestmark = pytest.mark.contract

PASSWORD = "correct horse battery"
MODELS = "/api/2.0/mlflow/registered-models/search"
OURS = re.compile(r'(?:href|src|action|data-url|data-home)="(/[^"]*)"')


def location(path, upstream, lines):
    return f"location {path} {{ proxy_pass {upstream}; {lines} }}"


@pytest.fixture(scope="module", params=["", "/greenroom", "/a/b stripped"])
def behind(request, tmp_path_factory):
    """The address of a team's server behind nginx with TLS, and its certificate."""
    folder = tmp_path_factory.mktemp("behind")
    prefix, _, is_stripped = request.param.partition(" ")
    with live_greenroom(
        folder / "instance", "--workers", "1", GREENROOM_TRUSTED_PROXIES="1", GREENROOM_PREFIX=prefix
    ) as server:
        make_administrator(folder / "instance", "anna", PASSWORD)
        upstream = f"http://127.0.0.1:{server.port}" + ("/" if is_stripped else "")
        with nginx(folder / "nginx", location(f"{prefix}/", upstream, documented_lines()), tls=True) as url:
            yield url + prefix, str(folder / "nginx" / "certificate.pem"), server


@pytest.fixture
def browser(behind):
    """A browser that signed in; the address is the server's own."""
    url, certificate, _ = behind
    session = requests.Session()
    session.trust_env = False  # a bundle of certificates that the environment names would come first
    session.verify = certificate
    page = session.get(f"{url}/models/rel%20%231?x=%2541")
    assert page.url.partition("?")[0] == f"{url}/sign-in"
    session.headers["Origin"] = re.match(r"https://[^/]+", url)[0]
    session.headers["Referer"] = page.url
    prefix = url.removeprefix(session.headers["Origin"])
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    sent = {
        **dict(fields),
        "next": f"{prefix}/models/rel%20%231?x=%2541",
        "name": "anna",
        "password": PASSWORD,
    }
    answer = session.post(f"{url}/sign-in", data=sent, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{prefix}/models/rel%20%231?x=%2541")
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie and f"Path={prefix or '/'}" in cookie
    return session


def test_every_link_of_the_pages_lies_below_the_path(behind, browser):
    url, _, _ = behind
    prefix = re.sub(r"https://[^/]+", "", url)
    for path in ("/", "/models", "/experiments", "/admin/users", "/account", "/help/search", "/new-model"):
        answer = browser.get(url + path)
        assert answer.status_code == 200, path
        addresses = OURS.findall(answer.text)
        assert len(addresses) > 10
        assert all(address.startswith(f"{prefix}/") for address in addresses), path
        assert "GREENROOM_TRUSTED_PROXIES" not in answer.text
        for address in {one for one in addresses if "/static/" in one}:
            assert browser.get(re.match(r"https://[^/]+", url)[0] + address).status_code == 200


def test_forms_colours_and_redirects_stay_below_the_path(behind, browser):
    url, _, _ = behind
    page = browser.get(f"{url}/new-model")
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
    made = browser.post(f"{url}/new-model", data={"csrf_token": token, "name": "rel #1"})
    assert made.url == f"{url}/models/rel%20%231"
    here = re.search(r'name="next" value="([^"]*)"', made.text)[1]
    switched = browser.post(f"{url}/theme", data={"csrf_token": token, "next": here, "theme": "dark"})
    assert (switched.status_code, switched.url) == (200, made.url)
    assert 'data-theme="dark"' in switched.text
    merged = browser.get(f"{url}/models//rel%20%231")
    assert merged.url.startswith(url)


def test_it_knows_the_address_of_a_client(behind, browser):
    url, _, server = behind
    token = re.search(r'name="csrf_token" value="([^"]*)"', browser.get(f"{url}/account").text)[1]
    wrong = {"csrf_token": token, "name": "anna", "password": "wrong"}
    browser.post(f"{url}/sign-in", data=wrong, headers={"X-Forwarded-For": "203.0.113.9"})
    log = browser.get(f"{url}/admin/audit").text
    assert "from 127.0.0.1" in log and "203.0.113.9" not in log
    assert "Requests come through a proxy" not in server.output()


def test_mlflows_client_logs_registers_and_loads_below_the_path(behind, run_client):
    url, certificate, _ = behind
    run_client(
        "mlflow 3",
        "behind_a_proxy.py",
        MLFLOW_TRACKING_URI=url,
        MLFLOW_TRACKING_SERVER_CERT_PATH=certificate,
        MLFLOW_TRACKING_USERNAME="anna",
        MLFLOW_TRACKING_PASSWORD=PASSWORD,
        REQUESTS_CA_BUNDLE=certificate,
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD="true",
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE="5242880",
        MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE="5242880",
    )


@pytest.mark.parametrize("headers", ["X-Forwarded-For $http_x_client", "X-Forwarded-Proto $scheme"])
def test_nobody_is_locked_out_where_no_proxy_is_trusted(tmp_path, headers):
    instance = tmp_path / "instance"
    with live_greenroom(instance, "--workers", "1") as server:
        make_administrator(instance, "anna", PASSWORD)
        make_administrator(instance, "ben", PASSWORD)
        lines = f"proxy_set_header Host $http_host; proxy_set_header {headers};"
        upstream = f"http://127.0.0.1:{server.port}"
        with nginx(tmp_path / "nginx", location("/", upstream, lines)) as url:
            for number in range(60):
                name = "anna" if number < 20 else f"nobody-{number}"
                stranger = {"X-Client": "10.9.9.9"}
                answer = requests.get(f"{url}{MODELS}", auth=(name, "x"), headers=stranger)
                assert answer.status_code in (401, 429)
            for name in ("anna", "ben"):
                answer = requests.get(url + MODELS, auth=(name, PASSWORD), headers={"X-Client": "10.1.1.1"})
                assert answer.status_code == 200, answer.text
        assert server.output().count("GREENROOM_TRUSTED_PROXIES is 0") == 1
