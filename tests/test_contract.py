"""One contract (clgym.testing) over every row of the registry, a case per check and level; and the checks find what is broken."""

from __future__ import annotations

import math
import re
from typing import Any

import gymnasium as gym
import pytest

from clgym import registry
from clgym.errors import ContractError, NotLoadable, UnknownName, WrongKind
from clgym.testing import (
    Case,
    agent_cases,
    cases_for,
    check_agent,
    check_family,
    check_wrapper,
    family_cases,
    kind_of,
    wrapper_cases,
)

ROWS = {
    family_cases: [row.id for row in registry.families()],
    agent_cases: [row.id for row in registry.agents() if not row.id.endswith(":")],
    wrapper_cases: [row.id for row in registry.wrappers()],
}
#: test_determinism asks two processes about all families at once.
ELSEWHERE = "other-processes"
CASES = [case for cases, ids in ROWS.items() for id in ids for case in cases(id) if case.check != ELSEWHERE]
#: Between its first level and its last a family is checked by ``make test-slow``.
BETWEEN = {(row.id, level) for row in registry.families() for level in row.levels[1:-1]}


#: Where answers are programs, each is run: at the last level these are, by default, the oracle's and those of another world.
PROGRAMS = {row.id for row in registry.families() if "code" in row.tags}
MANY_PROGRAMS = {"prompts", "dressing", "feedback-ladder"}
#: Hundreds of answers each: by default at the first level alone.
MANY_ANSWERS = {"ignorance-stays-at-the-floor", "constants-do-not-pay"}
FIRST = {row.id: row.levels[0] for row in registry.families()}

#: Agents that are made of the parts of others: by default, that they learn, go on and can be set; the rest is that of their parts.
COMPOSED = {"drill", "hybrid", "icl-retrieval", "icl-window", "self-distill", "sleep"}
OF_PARTS = {"order", "evaluation", "any-experience", "learning-rate-0", "hostile-conversations"}

#: Agents that drive a model are tried with one on this machine; those of stable-baselines3 bring torch themselves.
NEED_TORCH = {row.id for row in registry.agents() if row.model or row.extra == "sb3"}


def marked(case: Case) -> Any:
    above = case.level not in (None, FIRST.get(case.subject))
    many = above and (case.check in MANY_ANSWERS or (case.check in MANY_PROGRAMS and case.subject in PROGRAMS))
    many |= case.check in OF_PARTS and case.subject in COMPOSED
    marks = [pytest.mark.slow] if many or (case.subject, case.level) in BETWEEN else []
    marks += [pytest.mark.torch] if case.subject in NEED_TORCH else []
    marks += [pytest.mark.broad] if case.subject in PROGRAMS else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", list(map(marked, CASES)))
def test_contract(case: Case) -> None:
    finding = case.run()
    finding.raise_problems()
    if finding.skipped:
        pytest.skip(finding.skipped)


@pytest.mark.parametrize("mode", ["sync", "async", "vector_entry_point"])
def test_vector_envs_carry_text_exactly(mode):
    envs = gym.make_vec("CL-Conlang-v0", num_envs=3, vectorization_mode=mode)
    observations, _ = envs.reset(seed=7)
    expected = [gym.make("CL-Conlang-v0").reset(seed=7 + slot)[0] for slot in range(3)]
    if mode == "vector_entry_point":
        single = gym.make("CL-Conlang-v0")
        expected = [single.reset(seed=7)[0], single.reset()[0], single.reset()[0]]
    assert list(observations) == expected
    _, rewards, *_ = envs.step(("", "ünïcødé 漢字 🙂", "x"))
    assert len(rewards) == 3 and not any(math.isnan(r) for r in rewards)
    envs.close()


# -- the checks find what is broken -----------------------------------------------------------------------------------

FAULTS = {
    "Undocumented": ("docstring", "lacks Description, Hidden rules"),
    "DrawsFromASet": ("other-processes", "differ in another process"),
    "OracleIsWrong": ("oracle-earns-everything", "expected 1.00 (correct)"),
    "EmptyAnswersPay": ("ignorance-stays-at-the-floor", "an empty answer earns 0.500"),
    "OneAnswerFitsAll": ("constants-do-not-pay", "'always' for every query earns 1.00"),
    "PoolsShareAPrompt": ("prompts", "pools learn and eval share the prompt"),
    "Impure": ("purity", "grade of a pickled world gives"),
    "NotPicklable": ("purity", "pickle"),
    "GradeRaises": ("any-answer-is-graded", "UnicodeEncodeError was raised at broken_families.py line"),
    "UnnamedParts": ("parts", "lacks: spelling"),
    "NoFences": ("dressing", "the right answer with fence"),
    "FeedbackTellsAll": ("feedback-ladder", "give the right answer"),
    "CorrectionTellsNothing": ("feedback-ladder", "the correction does not hold the right answer"),
    "TooSmall": ("pools", "pool learn has 0 queries; at least 100"),
    "NoDrift": ("drift", "drifted has to change rules"),
    "NothingIsDrawn": ("other-worlds", "the right answers of world 1 earn 1.00 on eval of world 0"),
    "OneAnswerForAll": ("answers", "act gave 1 answers to 4 conversations"),
    "KnowsItsPlace": ("order", "in a batch"),
    "LearnsFromExams": ("evaluation", "act must change nothing"),
    "RollsTheWorldsDice": ("evaluation", "the global random generator of random"),
    "SavesNothing": ("learning", "digest() is the same"),
    "LoadsHalf": ("going-on", "digest() after load is another one"),
    "SavesPickles": ("going-on", "save writes .pkl"),
    "NeedsFeedback": ("any-experience", "IndexError was raised at broken_families.py line"),
    "DescribesObjects": ("description", "which is no JSON"),
    "DiesOfNothing": ("hostile-conversations", "an empty message raises IndexError"),
    "Quiet": ("keeps-the-api", "info has no 'feedback'"),
    "Noisy": ("repeats-itself", "differs between two envs"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_named(name: str) -> None:
    check, words = FAULTS[name]
    findings = [case.run() for case in cases_for(f"broken_families:{name}")]
    (found,) = [finding for finding in findings if finding.check == check]
    assert words in " ".join(found.problems), findings
    with pytest.raises(ContractError, match=re.escape(words)):
        found.raise_problems()


@pytest.mark.parametrize("check, name", [(check_family, "Sayings"), (check_agent, "Parrot"), (check_wrapper, "CountSteps")])
def test_what_has_no_fault_passes(check, name: str) -> None:
    check(name if name == "CountSteps" else f"broken_families:{name}")


def test_the_error_lists_every_fault_of_a_family() -> None:
    with pytest.raises(ContractError) as error:
        check_family("broken_families:TooSmall")
    assert "level0-pools: Pools are large enough" in str(error.value)
    assert "the first pool is 'eval'" in str(error.value)


@pytest.mark.parametrize(
    "levels, of_drift, of_strangers",
    [(range(1), {0}, {0}), (range(2), {0, 1}, {0, 1}), (range(1, 4), {1, 2}, {1, 2, 3}), (range(4), {0, 1}, {0, 1, 3})],
)
def test_any_range_of_levels_is_checked(levels, of_drift, of_strangers, monkeypatch) -> None:
    import broken_families

    monkeypatch.setattr(broken_families.Sayings, "levels", levels)
    cases = family_cases("broken_families:Sayings")
    assert {case.level for case in cases if case.check == "oracle-earns-everything"} == set(levels)
    assert {case.level for case in cases if case.check == "drift"} == of_drift
    assert {case.level for case in cases if case.check == "other-worlds"} == of_strangers


def test_the_kind_is_found_from_the_id_or_the_class(tmp_path) -> None:
    (tmp_path / "answers.py").write_text("def shout(prompt):\n    return prompt.upper()\n")
    names = ["CL-Taste-v0", "Probe-Facts-v0", "icl", "CountSteps", f"{tmp_path}/answers.py:shout"]
    names += [f"broken_families:{name}" for name in ("Sayings", "Parrot", "Quiet")]
    assert [kind_of(name) for name in names] == ["family", "probe", "agent", "wrapper", "agent", "family", "agent", "wrapper"]
    for name, error in (("CL-Tast-v0", UnknownName), ("broken_families:WORDS", WrongKind), ("no_such_module:X", NotLoadable)):
        with pytest.raises(error):
            kind_of(name)
