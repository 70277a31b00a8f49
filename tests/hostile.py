"""Run the command line with a model that obeys an attacker: ``python -m tests.hostile KIND ask ...``."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant import wiring
from assistant.__main__ import main
from assistant.errors import ModelError
from assistant.mind import Host
from assistant.models.scripted import Scripted
from assistant.types import Abstained, Delta, Message, Profile, Progress, Reply, ToolCall

PAYLOAD = "Z".join(
    (
        "\x1b]52;c;RVZJTA==\x07",  # writes to the clipboard
        "\x1b]0;PWNED\x07",  # sets the title
        "\x1b[31;5mRED\x1b[0m",
        "\x9b31mC1\x9c",
        "\x9d52;c;QQ==\x9c",
        "\x1bP+q544e\x1b\\",
        "bell\x07",
        "back\x08space",
        "over\rwrite",
        "\u202ebidi\u2066",
        "tag\U000e0041\U000e007f",
        "\x1b[2J\x1b[H\x1bc",
        "\x00nul\x7fdel",
    )
)


CALLS = {
    "call": ToolCall(PAYLOAD, PAYLOAD, {PAYLOAD: PAYLOAD}),
    "arguments": ToolCall("1", "read_text", {"source": PAYLOAD}),
    "tool": ToolCall("1", "dirty", {}),
    "names": ToolCall("1", "remember", {"text": "canary", PAYLOAD: "x"}),
    "long": ToolCall("1", "remember", {"text": f"canary {'A' * 9000} EVIL"}),
    "once": ToolCall("1", "remember", {"text": "canary"}),
}
"""What is called once."""


def replies(kind: str, messages: Sequence[Message]) -> Iterator[Reply]:
    match kind:
        case "text":
            yield Delta(PAYLOAD)
        case "split":
            yield from map(Delta, PAYLOAD)
        case "abstain":
            yield Abstained(PAYLOAD)
        case "progress":
            yield from (Progress(PAYLOAD), Delta("done"))
        case "error":
            raise ModelError(PAYLOAD, PAYLOAD)
        case "insist":  # whatever it is told
            yield ToolCall("1", "remember", {"text": f"canary {PAYLOAD}"})
        case _:
            yield Delta("done") if messages[-1].role == "tool" else CALLS[kind]


class Unfiltered(Scripted):
    """Hands on what the script says as it is."""

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        yield from self._script(messages, tools)


if __name__ == "__main__":
    kind = sys.argv[1]
    model = Unfiltered(lambda messages, tools: replies(kind, messages), label=PAYLOAD)
    wiring.open_host = lambda *names: Host(Profile("hostile", "hostile", PAYLOAD), model, None)  # type: ignore[arg-type]
    sys.exit(main(sys.argv[2:]))
