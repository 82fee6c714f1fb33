"""What runs Greenroom's processes: gunicorn with its gevent worker, the socket it listens on, and its log.

`greenroom serve` starts it as a program of its own (`python -m app.server`), in which nothing of the
application is loaded before a worker has begun: see `app.server.worker`.
"""
