"""Private test worlds: the salt is made once, committed to, revealed and checked; nothing public equals anything private."""

from __future__ import annotations

import hashlib
import os
import stat

import pytest

import clgym
from clgym.cli import main
from clgym.core import World
from clgym.errors import InvalidSetting, MissingExtra, MissingSalt
from clgym.registry import load_family, make_world
from clgym.registry.builtin import FAMILIES
from clgym.seeding import SALT_VARIABLE
from clgym.storage import read_json, write_json


@pytest.fixture
def salt(monkeypatch):
    monkeypatch.setenv(SALT_VARIABLE, "ab" * 32)


def test_a_new_salt_is_secret_and_is_never_overwritten(tmp_path, capsys):
    path = tmp_path / "salt.txt"
    old = os.umask(0)
    try:
        assert main(["salt", "new", "--output", str(path)]) == 0
    finally:
        os.umask(old)
    told = capsys.readouterr().out
    text = path.read_text()
    assert len(bytes.fromhex(text.strip())) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SALT_VARIABLE in told and "clgym salt commit" in told and text.strip() not in told
    assert main(["salt", "new", "--output", str(path)]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert path.read_text() == text
    assert main(["salt", "new", "--output", str(tmp_path / "other.txt")]) == 0
    assert (tmp_path / "other.txt").read_text() != text


def test_without_a_salt_the_error_says_how_to_make_one(monkeypatch, capsys):
    monkeypatch.delenv(SALT_VARIABLE, raising=False)
    with pytest.raises(MissingSalt, match="clgym salt new"):
        make_world("CL-Conlang-v0", split="test")
    assert main(["salt", "commit"]) == 2
    assert "clgym salt new" in capsys.readouterr().err


def test_the_advice_of_salt_new_works(tmp_path, monkeypatch, capsys):
    main(["salt", "new", "--output", str(tmp_path / "salt.txt")])
    monkeypatch.setenv(SALT_VARIABLE, (tmp_path / "salt.txt").read_text())  # with its line end, which $(cat) would cut
    assert main(["salt", "commit"]) == 0
    capsys.readouterr()


def test_every_family_is_committed_to(salt, capsys):
    assert main(["salt", "commit"]) == 0
    told = capsys.readouterr()
    lines = dict(reversed(line.split("  ")) for line in told.out.splitlines())
    for row in FAMILIES:
        try:
            generator = f"{row.id}/{load_family(row.id).version}"
        except MissingExtra:
            assert row.id in told.err
            continue
        assert lines[generator] == hashlib.sha256(bytes.fromhex("ab" * 32) + generator.encode()).hexdigest()


def test_a_revealed_salt_is_held_against_what_was_published(salt, tmp_path, capsys, monkeypatch):
    main(["salt", "commit"])
    published = tmp_path / "commitments.txt"
    published.write_text(capsys.readouterr().out)
    assert "ab" * 32 not in published.read_text()
    assert main(["salt", "reveal", "--output", str(tmp_path / "reveal.json")]) == 0
    assert main(["salt", "check", str(tmp_path / "reveal.json"), str(published)]) == 0
    assert "fits every commitment" in capsys.readouterr().out
    assert main(["salt", "reveal", "--output", str(tmp_path / "reveal.json")]) == 2

    monkeypatch.setenv(SALT_VARIABLE, "cd" * 32)
    main(["salt", "reveal", "--output", str(tmp_path / "other.json")])
    capsys.readouterr()
    assert main(["salt", "check", str(tmp_path / "other.json"), str(published)]) == 1
    told = capsys.readouterr().out
    assert "CL-Conlang-v0" in told and len(told.splitlines()) == len(published.read_text().splitlines())


def test_a_public_number_that_came_later_leaves_nobody_the_choice_of_worlds(salt, tmp_path, capsys, monkeypatch):
    """The secret is committed to, then the number comes, and the worlds are drawn from both: neither side can grind."""
    main(["salt", "commit"])
    (tmp_path / "commitments.txt").write_text(capsys.readouterr().out)
    assert main(["salt", "mix", "--public", "round 4711: 9f2c", "--output", str(tmp_path / "mixed.txt")]) == 0
    mixed_salt = (tmp_path / "mixed.txt").read_text().strip()
    assert (tmp_path / "mixed.txt").stat().st_mode & 0o777 == 0o600 and mixed_salt not in capsys.readouterr().out
    assert main(["salt", "mix", "--public", "round 4712: 0000", "--output", str(tmp_path / "other.txt")]) == 0
    assert mixed_salt != (tmp_path / "other.txt").read_text().strip() != "ab" * 32
    assert main(["salt", "mix", "--public", " "]) == 2

    reveal = tmp_path / "reveal.json"
    assert main(["salt", "reveal", "--public", "round 4711: 9f2c", "--output", str(reveal)]) == 0
    assert read_json(reveal)["salt"] == mixed_salt
    assert main(["salt", "check", str(reveal), str(tmp_path / "commitments.txt")]) == 0
    for changed in ({"public": "round 4712: 0000"}, {"salt": "cd" * 32}, {"secret": "cd" * 32}):
        write_json(tmp_path / "forged.json", {**read_json(reveal), **changed})
        assert main(["salt", "check", str(tmp_path / "forged.json"), str(tmp_path / "commitments.txt")]) == 1


@pytest.mark.parametrize("salt_", ["", "00" * 32, "ff" * 32, "ab" * 16, "not hex", None, 7])
def test_no_check_accepts_a_salt_that_is_none(salt, tmp_path, salt_, capsys):
    main(["salt", "commit"])
    (tmp_path / "commitments.txt").write_text(capsys.readouterr().out)
    write_json(tmp_path / "reveal.json", {"schema": 2, "salt": salt_})
    assert main(["salt", "check", str(tmp_path / "reveal.json"), str(tmp_path / "commitments.txt")]) == 2
    assert "reveal.json" in capsys.readouterr().err


def test_a_salt_of_one_byte_draws_no_worlds(monkeypatch):
    monkeypatch.setenv(SALT_VARIABLE, "0" * 64)
    with pytest.raises(InvalidSetting, match="anybody would guess"):
        make_world("CL-Conlang-v0", split="test")


@pytest.mark.parametrize("text", ["", "no commitment\n", "00  CL-Conlang-v0/1\n"])
def test_a_file_that_holds_no_commitments_is_named(salt, tmp_path, text, capsys):
    main(["salt", "reveal", "--output", str(tmp_path / "reveal.json")])
    (tmp_path / "published.txt").write_text(text)
    assert main(["salt", "check", str(tmp_path / "reveal.json"), str(tmp_path / "published.txt")]) == 2
    assert "published.txt" in capsys.readouterr().err


def test_another_salt_draws_other_worlds(monkeypatch):
    rules = []
    for salt in ("ab" * 32, "cd" * 32, "ab" * 32):
        monkeypatch.setenv(SALT_VARIABLE, salt)
        rules.append(make_world("CL-Conlang-v0", split="test").rules())
    assert rules[0] == rules[2] != rules[1]


def queries(world: World) -> set[tuple[str, str]]:
    """A few questions of every pool with the oracle's answers. ``guard`` asks what holds in every world, so it may coincide."""
    return {
        ((query := world.query(pool, index)).prompt, world.solve(query))
        for pool, size in world.pools.items()
        if pool != "guard"
        for index in range(min(2, size))
    }


@pytest.mark.parametrize("name", [row.id for row in clgym.registry.builtin.FAMILIES if "probe" not in row.tags])
def test_nothing_public_equals_anything_private(salt, name):
    """Probes ask common knowledge, which no salt can make private."""
    for level in (0, load_family(name).levels[-1]):
        public = [
            make_world(name, level=level, split=split, world=world) for split in ("train", "validation") for world in range(2)
        ]
        private = [make_world(name, level=level, split="test", world=world) for world in range(2)]
        assert not {world.rules() for world in public} & {world.rules() for world in private}
        known = set().union(*map(queries, public))
        leaked = known & set().union(*map(queries, private))
        assert leaked == set()
