"""Who is acting. Every verb that changes something takes an `Actor`; none looks it up by itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program on whose behalf a verb runs; `name` is what the history will show."""

    name: str


# Without accounts, on a loopback address, everything is done by the person at the machine.
LOCAL_USER = Actor(name="local user")
