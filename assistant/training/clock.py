"""How fast a training goes, and when it will be done; stages to come are guessed to take as long an example."""

from __future__ import annotations

from time import monotonic


class Clock:
    """Counts from now on.

    Args:
        left: examples that are still to be learnt from
    """

    def __init__(self, left: int) -> None:
        self._begun, self._examples, self._left = monotonic(), 0, left

    def tick(self, examples: int) -> tuple[float, float]:
        """Examples a second, and the seconds that are left."""
        self._examples += examples
        self._left -= examples
        rate = self._examples / max(1e-6, monotonic() - self._begun)
        return rate, self._left / rate
