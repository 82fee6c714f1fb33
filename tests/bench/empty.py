"""A route that does nothing, on Greenroom's own server: the floor under every answer.

Started by the bench as `python -m tests.bench.empty`.
"""

from collections.abc import Callable

from flask import Flask

from app.cli import listening, serving


class EmptyServer(serving.Server):
    """Greenroom's server with another application in it."""

    def load(self) -> Callable:
        app = Flask("empty")

        @app.get("/empty")
        def empty() -> dict:
            return {}

        return app


def main() -> None:
    sock = listening.listen(*listening.resolve("127.0.0.1", 0)[0])
    url = listening.url(sock, "127.0.0.1")
    options = serving.options(
        sock, workers=1, threads=8, access_log=False, announce=lambda: print(f"ready at {url}", flush=True)
    )
    EmptyServer(None, options).run()  # type: ignore[arg-type]  (no settings: there is no Greenroom in it)


if __name__ == "__main__":
    main()
