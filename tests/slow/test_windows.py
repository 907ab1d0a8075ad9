# SPDX-License-Identifier: MIT
"""Changes that wait to be confirmed: 200 of them with kill -9 at any moment, and one that is taken back when its minute is over."""
import random

from test_enforce import not_confirmed, play, world     # noqa: F401: the fixture

KILLED = 200


def test_kills(world):      # noqa: F811
    rng, ends = random.Random(2026), {}
    for number in range(KILLED):
        end = play(world[1], rng, number)
        ends[end] = ends.get(end, 0) + 1
    print(ends)
    assert set(ends) == {"not made", "confirmed", "taken back"}


def test_not_confirmed(world):      # noqa: F811
    not_confirmed(*world)
