"""The program that `greenroom serve` becomes once it has checked everything."""

from app.server.gunicorn_app import main

if __name__ == "__main__":
    main()
