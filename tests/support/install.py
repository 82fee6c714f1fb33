"""Install packages for the tests: by uv where there is one, by pip otherwise.

    python tests/support/install.py PYTHON REQUIREMENT...

Two generations of MLflow are some 150 packages. uv installs them in seconds where pip takes minutes, but
does not read pip's settings; whoever has set up an index or a certificate for pip means it here, too.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def pip_settings(python: str) -> dict[str, str]:
    """What `pip config` and PIP_ variables say, by option name; the environment wins, as in pip."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True)
    settings: dict[str, str] = {}
    # Lines read global.index-url='...', install.index-url='...' or :env:.index-url='...'.
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = value.strip().strip("'\"").replace("\\n", " ")
    return settings


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The same settings as uv's variables."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "no-index": "UV_NO_INDEX",
    }
    env = {names[name]: " ".join(value.split()) for name, value in settings.items() if name in names}
    # pip takes the best version of all indexes, uv by itself the best of the first that has any.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **env, **os.environ}


def main(python: str, *what: str) -> int:
    """Install `what` into the environment of `python`; the installer's exit code."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        command = [uv, "pip", "install", "--quiet", "--python", python, *what]
        if subprocess.run(command, env=uv_environment(pip_settings(python))).returncode == 0:
            return 0
        print("uv could not install that; trying with pip.", file=sys.stderr)
    return subprocess.run([python, "-m", "pip", "install", "--quiet", *what]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
