"""The window of a conversation that a model reads."""

from assistant.conversation import Conversation, Exchange
from assistant.types import Evidence, Message, ToolResult


def exchange(text: str, size: int) -> Exchange:
    evidence = tuple(Evidence("a", text="x" * 90, id=f"e{n}") for n in range(size // 100))
    result = ToolResult("1", "t", "long " * (size // 5), evidence)
    return Exchange((Message("user", (text,)), Message("tool", (result,))))


def test_the_newest_exchange_is_always_read() -> None:
    talk = Conversation("be brief", letters=1000)
    talk.append(exchange("first", 100))
    talk.append(exchange("second", 50_000))
    assert [message.parts[0] for message in talk.window() if message.role == "user"] == ["second"]


def test_older_exchanges_are_read_as_long_as_they_have_room() -> None:
    talk = Conversation("be brief", letters=1000)
    for text in ("first", "second", "third"):
        talk.append(exchange(text, 200))
    assert [message.parts[0] for message in talk.window() if message.role == "user"] == ["second", "third"]
