"""The room of what is kept: conversations and notes in one SQLite file."""

from assistant.store.conversations import Store, StoredTurn

__all__ = ["Store", "StoredTurn"]
