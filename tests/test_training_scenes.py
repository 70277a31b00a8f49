"""The made world: its scenes are true, drawn where they say, and the held-out ones are kept apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.training import clutter, drawing, letters, motions, scenes, weather
from assistant.training.colours import COLOURS, apart, drawn
from assistant.training.scenes import Scene, Thing, held_out, render
from assistant.training.shapes import KINDS, layers
from assistant.training.weather import Weather

WHITE = Scene(1.0, (), "white", "plain", (1.0, 1.0, 1.0), Weather(), 7)


def some(number: int, split: scenes.Split = "train", **options: float) -> list[Scene]:
    rng = np.random.default_rng(11)
    return [scenes.drawn(rng, split, **options) for _ in range(number)]  # type: ignore[arg-type]


def thing(kind: str, x: float = 0.3, y: float = 0.6, r: float = 0.2) -> Thing:
    return Thing(kind, "blue", x, y, r, (0.1, 0.2, 0.9))


def test_a_seed_gives_the_same_picture_and_another_one_another() -> None:
    one, same, other = (scenes.drawn(np.random.default_rng(seed), number=3) for seed in (1, 1, 2))
    assert np.array_equal(render(one), render(same))
    assert not np.array_equal(render(one), render(other))


def test_things_lie_within_the_picture_and_do_not_touch() -> None:
    for scene in some(60):
        for one in scene.things:
            assert one.r * 0.99 <= one.y <= 1 - one.r * 0.99
            assert one.r * 0.99 <= one.x * scene.aspect <= scene.aspect - one.r * 0.99
        for one in scene.things:
            others = [each for each in scene.things if each is not one]
            away = [np.hypot((one.x - o.x) * scene.aspect, one.y - o.y) - 0.9 * (one.r + o.r) for o in others]
            assert all(gap > 0 for gap in away)


def test_no_training_scene_has_anything_of_a_held_out_family() -> None:
    kept = some(150)
    assert not any(held_out(t.colour, t.kind) for scene in kept for t in scene.things)
    assert all(scene.pattern != drawing.APART for scene in kept)
    pairs = [held_out(colour, kind) for colour in COLOURS for kind in KINDS]
    assert 0.04 < sum(pairs) / len(pairs) < 0.14


def test_test_scenes_have_something_of_a_held_out_family() -> None:
    tried = [scene for scene in some(60, "test") if scene.things]
    strange = [any(held_out(t.colour, t.kind) for t in s.things) or s.pattern == drawing.APART for s in tried]
    assert sum(strange) > 0.8 * len(tried)
    assert any(scene.pattern == drawing.APART for scene in tried)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_drawn_at_its_place_in_its_colour(kind: str) -> None:
    picture = render(WHITE, things=[thing(kind)]).astype(float)
    changed = np.abs(picture - 255).sum(2) > 60
    rows, columns = np.nonzero(changed)
    assert abs(columns.mean() / 128 - 0.3) < 0.06 and abs(rows.mean() / 128 - 0.6) < 0.09
    assert (rows.max() - rows.min()) / 128 <= 0.41 + 0.02
    blue = (picture[..., 2] > picture[..., 0] + 60) & changed
    assert blue.sum() > 0.3 * changed.sum()


def test_no_two_kinds_look_alike() -> None:
    pictures = [render(WHITE, (48, 48), [thing(kind, 0.5, 0.5, 0.4)]).astype(float) for kind in KINDS]
    for number, one in enumerate(pictures):
        assert min(np.abs(one - other).mean() for other in pictures[number + 1 :] or [one + 255]) > 2.5


def test_a_scene_looks_the_same_at_every_size() -> None:
    scene = Scene(4 / 3, (thing("star"), thing("car", 0.75, 0.3)), "white", "slope", (0.9, 0.9, 0.9), Weather(), 3)
    large, small = render(scene, (240, 320)).astype(float), render(scene, (60, 80)).astype(float)
    shrunk = large.reshape(60, 4, 80, 4, 3).mean((1, 3))
    assert np.abs(shrunk - small).mean() < 2.5


def test_things_can_be_told_from_their_ground_even_in_the_dark() -> None:
    for scene in some(60):
        assert all(apart(one.rgb, scene.rgb, scene.weather.gain) for one in scene.things)


def test_an_easy_world_has_larger_and_fewer_things() -> None:
    easy, hard = some(80, difficulty=0.0), some(80, difficulty=1.0)
    assert np.mean([len(s.things) for s in easy]) < np.mean([len(s.things) for s in hard])
    assert {s.pattern for s in easy} == {"plain"} and {s.weather for s in easy} == {Weather()}


@pytest.mark.parametrize("what", clutter.OUTSIDES)
def test_strange_pictures_are_full_of_something_without_a_name(what: clutter.Outside) -> None:
    scene = replace(WHITE, outside=what)
    assert not scene.inside and scene.things == ()
    assert render(scene).astype(float).std() > 8


def test_words_stand_in_the_picture() -> None:
    blank, written = render(WHITE), render(replace(WHITE, text="EXIT"))
    rows = np.nonzero((blank != written).any((1, 2)))[0]
    assert rows.min() > 0.75 * 128 and (written < 90).sum() > 100


def test_the_font_draws_letters_apart() -> None:
    bitmaps = {letters.line(letter).tobytes() for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    assert len(bitmaps) == 36 and letters.line("A B").shape == (7, 18)


def test_distances_are_below_zero_inside_alone() -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 41, dtype=np.float32), np.linspace(-2, 2, 41, dtype=np.float32))
    for kind in KINDS:
        inside = np.minimum.reduce([distance for distance, _ in layers(kind, x, y)]) < 0
        assert inside.any() and not inside[[0, -1]].any() and not inside[:, [0, -1]].any()


def test_fine_weather_leaves_a_picture_and_bad_weather_changes_it() -> None:
    rng = np.random.default_rng(0)
    canvas = rng.random((64, 64, 3), np.float32)
    assert np.abs(weather.weathered(canvas, Weather(), rng) / 255 - canvas).max() < 0.003
    assert weather.weathered(canvas, Weather(gain=0.3), rng).mean() < 0.35 * 255 * canvas.mean() * 1.05
    assert weather.blurred(canvas, 0.05).std() < 0.3 * canvas.std()
    assert 0.01 < np.abs(weather.blocks(canvas, 0.1) - canvas).mean() < 0.2
    flat = np.full((64, 64, 3), 0.5, np.float32)
    assert np.abs(weather.blocks(flat, 0.1) - flat).max() < 0.02


def test_every_colour_is_like_no_other() -> None:
    rng = np.random.default_rng(0)
    means = {name: np.mean([drawn(name, rng) for _ in range(60)], 0) for name in COLOURS}
    for one in COLOURS:
        assert min(np.abs(means[one] - means[o]).sum() for o in COLOURS if o != one) > 0.2


# What happens


def happenings(what: str, number: int = 400) -> list[tuple[Scene, motions.Happening]]:
    rng = np.random.default_rng(5)
    made = [(s, motions.drawn(s, 4, rng)) for s in (scenes.drawn(rng, number=2) for _ in range(number))]
    return [(scene, each) for scene, each in made if each.what == what]


def test_what_moves_goes_its_way_and_stays_in_the_picture() -> None:
    for _, each in happenings("moves"):
        first, last = each.moments[0][-1], each.moments[-1][-1]
        dx, dy = motions.WAYS[each.way]
        along, astray = (last.x - first.x, last.y - first.y) if dx else (last.y - first.y, last.x - first.x)
        assert 0.25 < along * (dx + dy) < 0.6 and abs(astray) < 0.06
        assert all(-0.01 <= t.x <= 1.01 and -0.01 <= t.y <= 1.01 for moment in each.moments for t in moment)


def test_what_appears_is_there_at_the_end_alone_and_what_goes_at_the_beginning() -> None:
    for _, each in happenings("appears"):
        assert each.thing not in each.moments[0] and each.thing in each.moments[-1]
    for _, each in happenings("goes"):
        assert each.thing in each.moments[0] and each.thing not in each.moments[-1]


def test_a_new_colour_is_never_of_a_held_out_pair() -> None:
    found = happenings("recoloured")
    assert found
    for scene, each in found:
        assert each.thing is not None and not held_out(each.way, each.thing.kind) and each.way != scene.ground


def test_what_grows_is_larger_at_the_end() -> None:
    assert all(each.moments[-1][-1].r > 1.5 * each.moments[0][-1].r for _, each in happenings("grows"))
    assert all(each.moments[-1][-1].r < 0.7 * each.moments[0][-1].r for _, each in happenings("shrinks"))
