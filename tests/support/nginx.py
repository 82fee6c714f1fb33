"""A real nginx in front of a server, with the lines that the documentation gives."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_port
from tests.support.servers import ROOT, running, until

FRAME = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}{tls};
        {locations}
    }}
}}
"""


def documented_lines() -> str:
    """What stands within the first `location` of the documentation, the address of the server left out."""
    text = (ROOT / "docs" / "operations.md").read_text()
    [block] = re.findall(r"location / \{\n(.*?)\n\}", text, re.DOTALL)
    return block.partition(";")[2]


@contextlib.contextmanager
def nginx(folder: Path, *locations: str, tls: bool = False) -> Iterator[str]:
    """nginx with these locations, for its plain or encrypted address, which is what the block is given."""
    folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "nginx is not there; `make test-setup` installs it."
    port, certificate = free_port(), folder / "certificate.pem"
    if tls:
        _make_certificate(certificate)
    text = FRAME.format(
        folder=folder,
        port=port,
        tls=f" ssl;\n ssl_certificate {certificate};\n ssl_certificate_key {certificate}" if tls else "",
        locations="\n".join(locations),
    )
    if os.getuid():
        text = text.replace("user root;", "")
    (folder / "nginx.conf").write_text(text)
    command, log = [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], folder / "nginx.log"
    with running(command, dict(os.environ), log, cwd=folder) as process:
        until(process, log, 20, (folder / "nginx.pid").exists)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}"


def _make_certificate(path: Path) -> None:
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        + ["-keyout", str(path.with_suffix(".key")), "-out", str(path)],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".key").read_text())
