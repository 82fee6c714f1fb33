"""A route that does nothing, on Greenroom's own server: the floor under every answer.

Started by the bench as `python -m tests.bench.empty`.
"""

from collections.abc import Callable

from app.server import gunicorn_app, sockets

HOST = "127.0.0.1"


class EmptyServer(gunicorn_app.Server):
    """Greenroom's server with another application in it."""

    def load(self) -> Callable:
        from flask import Flask

        app = Flask("empty")

        @app.get("/empty")
        def empty() -> dict:
            return {}

        return app


def main() -> None:
    sock = sockets.listen(*sockets.resolve(HOST, 0)[0])
    greeting = f"ready at {sockets.url(sock, HOST)}"
    options = gunicorn_app.ServerOptions(
        descriptor=sock.detach(), host=HOST, workers=1, threads=8, access_log=False, greeting=greeting
    )
    EmptyServer(options).run()


if __name__ == "__main__":
    main()
