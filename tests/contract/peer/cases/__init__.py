"""The written cases: sequences of steps by the sentence that says what they are about."""

from tests.contract.peer.cases import prompts, registry, searches, tracking

CASES = registry.CASES | prompts.CASES | tracking.CASES | searches.CASES
