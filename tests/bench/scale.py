"""To come."""


def run(*, quick: bool) -> None:
    print("to come")
