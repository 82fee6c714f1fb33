"""Names for runs that came without one."""

import secrets

_QUALITIES = (
    "amber", "bold", "brisk", "calm", "candid", "clear", "clever", "crisp", "dapper", "eager", "early",
    "fair", "fleet", "fond", "fresh", "gentle", "glad", "golden", "grand", "hardy", "honest", "jolly",
    "keen", "kind", "lively", "loyal", "lucid", "mellow", "merry", "mild", "neat", "nimble", "noble",
    "patient", "placid", "plain", "proud", "quick", "quiet", "rapid", "ready", "rustic", "serene",
    "silver", "smooth", "snug", "sober", "spry", "steady", "sunny", "swift", "tidy", "tranquil", "trusty",
    "vivid", "warm", "wise", "witty", "zesty",
)  # fmt: skip
_PLANTS = (
    "acacia", "alder", "almond", "apple", "ash", "aspen", "bamboo", "basil", "bay", "beech", "birch",
    "cedar", "cherry", "clover", "cypress", "daisy", "elder", "elm", "fern", "fig", "fir", "ginger",
    "hazel", "heather", "holly", "iris", "ivy", "jasmine", "juniper", "larch", "laurel", "lilac", "lily",
    "linden", "lotus", "maple", "mint", "moss", "myrtle", "nettle", "oak", "olive", "orchid", "palm",
    "peony", "pine", "plum", "poppy", "quince", "reed", "rose", "rowan", "sage", "sorrel", "spruce",
    "tansy", "thyme", "tulip", "violet", "willow", "yarrow", "yew",
)  # fmt: skip


def invent() -> str:
    """A name that people can tell from others and say aloud, `quiet-willow-417`; it need not be unique."""
    return f"{secrets.choice(_QUALITIES)}-{secrets.choice(_PLANTS)}-{secrets.randbelow(1000)}"
