# SPDX-License-Identifier: MIT
"""Changes that wait to be confirmed: 200 of them with kill -9 at any moment, and one of an administrator's and of the manager's that are
taken back when their minute is over."""
import random

import test_manager
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


def test_push_not_confirmed(tmp_path):
    managed = test_manager.World(tmp_path)
    try:
        test_manager.push_not_confirmed(managed)
    finally:
        managed.close()
