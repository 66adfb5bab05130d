"""Seeds and draws: known answers that must never move, or every world moves with them."""

from __future__ import annotations

import hashlib

import pytest

from clgym.seeding import Draw, commitment, seed_of, world_seed


def test_known_answers():
    assert world_seed("F", 1, 0, "train", 0).entropy.hex()[:16] == "b54ea5f9f12606f2"
    draw = seed_of("known").draw("a", 1)
    assert [draw.integer(0, 99) for _ in range(6)] == [17, 9, 51, 84, 70, 11]
    assert draw.shuffled("abcdef") == ["f", "b", "c", "e", "a", "d"]


def test_draws_are_uniform_and_independent():
    draw = seed_of("uniform").draw()
    counts = [0] * 6
    for _ in range(6000):
        counts[draw.integer(0, 5)] += 1
    assert all(850 < count < 1150 for count in counts)
    assert sorted(draw.sample(range(10), 10)) == list(range(10))
    with pytest.raises(ValueError, match="cannot draw 4 of 3"):
        draw.sample("abc", 4)
    weights = [draw.weighted("ab", [1, 9]) for _ in range(2000)]
    assert 100 < weights.count("a") < 300


def test_splits_and_children_differ():
    seeds = {
        world_seed("F", 1, level, split, index).entropy for level in (0, 1) for split in ("train", "validation") for index in (0, 1)
    }
    assert len(seeds) == 8
    assert Draw(seed_of("x").child(1).entropy).uniform() != Draw(seed_of("x").child(2).entropy).uniform()


def test_the_commitment_is_sha256_of_salt_and_version():
    assert commitment(b"\x01" * 32, "1") == hashlib.sha256(b"\x01" * 32 + b"1").hexdigest()
