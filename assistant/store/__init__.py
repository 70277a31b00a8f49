"""The room of what is kept: conversations, notes and readings in one SQLite file."""

from assistant.store.conversations import Store, StoredTurn
from assistant.store.heard import KeptHearing
from assistant.store.shelf import KeptReadings

__all__ = ["KeptHearing", "KeptReadings", "Store", "StoredTurn"]
