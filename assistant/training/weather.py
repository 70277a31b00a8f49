"""What cameras do to a picture: light, tint, vignette, blur, noise, and the blocks of JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Canvas = NDArray[np.float32]
DARK = 0.4
"""A gain from which on downwards a picture is dark."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Disturbances; the one made without arguments leaves a picture as it is."""

    gain: float = 1.0
    gamma: float = 1.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: tuple[float, float, float] = (0.5, 0.5, 0.0)
    """Its centre x, y and its strength."""
    blur: float = 0.0
    """Sigma as a share of the picture's height."""
    noise: float = 0.0
    steps: float = 0.0
    """The quantisation of JPEG's blocks; 0 for none."""

    @property
    def is_dark(self) -> bool:
        return self.gain <= DARK


def drawn(rng: np.random.Generator, strength: float = 1.0) -> Weather:
    """Some weather; `strength` 0..1 is how often there is any."""
    if rng.random() > strength:
        return Weather()
    dark, changed = rng.random() < 0.07, rng.random() < 0.7
    gain = rng.uniform(0.2, 0.36) if dark else rng.uniform(0.72, 1.2) if changed else 1.0
    tint = (rng.uniform(0.9, 1.1), 1.0, rng.uniform(0.88, 1.1)) if rng.random() < 0.6 else (1.0, 1.0, 1.0)
    centre = (rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.2, 0.8) if rng.random() < 0.3 else 0.0)
    return Weather(
        float(gain),
        float(rng.uniform(0.85, 1.2)) if rng.random() < 0.4 else 1.0,
        (float(tint[0]), 1.0, float(tint[2])),
        (float(centre[0]), float(centre[1]), float(centre[2])),
        float(rng.choice((0, 0, 0.004, 0.007, 0.01))),
        float(rng.choice((0, 0, 0.012, 0.028, 0.045))),
        float(rng.choice((0, 0, 0, 0.04, 0.09, 0.14))),
    )


def weathered(canvas: Canvas, weather: Weather, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture as a camera gives it: height x width x 3, RGB."""
    picture = np.clip(canvas, 0, 1)
    if weather.gamma != 1:
        picture = picture ** np.float32(weather.gamma)
    picture = picture * (np.asarray(weather.tint, np.float32) * np.float32(weather.gain))
    if weather.vignette[2]:
        picture *= _vignette(picture.shape[0], picture.shape[1], weather.vignette)[..., None]
    if weather.blur:
        picture = blurred(picture, weather.blur)
    if weather.noise:
        picture += rng.standard_normal(picture.shape, np.float32) * np.float32(weather.noise)
    if weather.steps:
        picture = blocks(np.clip(picture, 0, 1), weather.steps)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def _vignette(height: int, width: int, where: tuple[float, float, float]) -> Canvas:
    y, x = np.linspace(0, 1, height, dtype=np.float32), np.linspace(0, 1, width, dtype=np.float32)
    away = (x[None] - np.float32(where[0])) ** 2 + (y[:, None] - np.float32(where[1])) ** 2
    return 1 - np.float32(where[2]) * np.minimum(away, 1)


def blurred(picture: Canvas, sigma: float) -> Canvas:
    """A Gaussian blur; sigma is a share of the height."""
    height, width = picture.shape[:2]
    rows, columns = _bell(height, sigma * height), _bell(width, sigma * height)
    soft = rows @ picture.transpose(2, 0, 1) @ columns.T
    return np.asarray(soft.transpose(1, 2, 0), np.float32)


@lru_cache(64)
def _bell(length: int, sigma: float) -> Canvas:
    """The matrix that blurs a line."""
    at = np.arange(length, dtype=np.float32)
    weights = np.exp(-((at[:, None] - at[None]) ** 2) / np.float32(2 * sigma**2))
    shares: Canvas = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
    return shares


def blocks(picture: Canvas, steps: float) -> Canvas:
    """The picture with the cosine coefficients of its 8 x 8 blocks rounded, high ones more coarsely (as JPEG's are)."""
    height, width = (n // 8 * 8 for n in picture.shape[:2])
    whole = picture.copy()
    tiles = picture[:height, :width].reshape(height // 8, 8, width // 8, 8, 3).transpose(0, 2, 4, 1, 3)
    waves, coarse = _cosines(), np.float32(steps) * _coarseness()
    rounded = np.rint((waves @ tiles @ waves.T) / coarse) * coarse
    whole[:height, :width] = (waves.T @ rounded @ waves).transpose(0, 3, 1, 4, 2).reshape(height, width, 3)
    return whole


@lru_cache(1)
def _cosines() -> Canvas:
    n = np.arange(8)
    waves = np.cos(np.pi * (2 * n[None] + 1) * n[:, None] / 16) * 0.5
    waves[0] /= np.sqrt(2)
    return waves.astype(np.float32)


@lru_cache(1)
def _coarseness() -> Canvas:
    n = np.arange(8, dtype=np.float32)
    return 1 + (n[:, None] + n[None]) * np.float32(0.6)
