"""The room of what is kept: conversations and notes in one SQLite file."""

from assistant.store.conversations import Store, StoredTurn
from assistant.store.shelf import MemoryShelf

__all__ = ["MemoryShelf", "Store", "StoredTurn"]
