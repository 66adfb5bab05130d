"""Every error that a user can cause, typed, with what to do next in its message.

``assert`` is kept for clgym's own invariants; anything a caller can get wrong raises one of these.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import ClassVar


class ClgymError(Exception):
    """Base of all errors that clgym raises on purpose."""

    final: ClassVar[bool] = True
    """Whether another try ends the same way, so that a sweep makes none: so it does with wrong settings, damage, a lock, a full disk."""


class UnknownName(ClgymError, ValueError):
    """A name (id, level, split, feedback level, model, ...) that is not among the choices."""

    def __init__(self, kind: str, given: object, choices: Iterable[object], *, also: str = ""):
        self.kind, self.given, self.choices = kind, given, list(choices)
        names = [str(choice) for choice in self.choices]
        near = difflib.get_close_matches(str(given), names, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near and near[0] != given else ""
        more = f"; or {also}" if also else ""
        super().__init__(f"unknown {kind} {given!r}.{hint} Choices: {', '.join(names) or 'none'}{more}.")


class DuplicateName(ClgymError, ValueError):
    """One id that two packages claim. Neither is chosen; ``module:Name`` says which is meant."""

    def __init__(self, kind: str, name: str, claims: Iterable[str]):
        self.kind, self.name, self.claims = kind, name, sorted(claims)
        super().__init__(
            f"the {kind} {name!r} is claimed by {' and by '.join(self.claims)}. Uninstall one of them, or say module:Name in place of the id."
        )


class NotLoadable(ClgymError, ImportError):
    """A module from outside that cannot be imported; the message has the package, the error and the line."""


class WrongKind(ClgymError, TypeError):
    """Something from outside that is no family, no agent or no model; the message shows the right shape."""


class ContractError(ClgymError, AssertionError):
    """A family, an agent or a wrapper that does not keep its contract; the message lists what fails and what to change."""


class FamilyError(ClgymError, RuntimeError):
    """A family's own code raised, or gave back what is no world and no grade; the message has its package, the error and the line."""

    final = False


class AgentError(ClgymError, RuntimeError):
    """An agent's own code raised; the message has its package, the error and the line. A trial of it goes on with the same command."""

    final = False


class UnknownRenderMode(ClgymError, ValueError, TypeError):
    """A render mode that the env does not have. stable-baselines3 tries "rgb_array" first and, at a ``TypeError``, goes on without.

    Its one argument is the message: ``gym.make`` raises errors of an env's constructor anew from their text.
    """


class InvalidSetting(ClgymError, ValueError):
    """A setting whose value is out of range or contradicts another one."""


class InvalidAnswer(ClgymError, TypeError):
    """An action that is not a ``str``. (Any ``str`` at all is graded, never raised on.)"""


class GraderFailed(ClgymError, RuntimeError):
    """Grade after grade failed, so that nothing can be measured any more: a sandbox or a judge is down."""

    final = False


class WrongAnswer(ClgymError, TypeError):
    """An agent returned something else than its method should; the message shows the right shape."""


class OutsideAgentError(ClgymError, RuntimeError):
    """An agent outside of this process gave no reply that can be used. A trial of it goes on with the same command."""

    final = False


class AgentProgramError(OutsideAgentError):
    """The program of an ``exec:`` agent cannot be started, hangs, died or prints what is no reply; the message has its last words."""


class AgentServerError(OutsideAgentError):
    """The server of an ``http:`` agent cannot be reached, is too slow, refuses or sends what is no reply."""


class TextSpace(ClgymError, TypeError):
    """A learner on arrays was given an env whose observations and answers are text; the message names the wrappers."""


class ResetNeeded(ClgymError, RuntimeError):
    """``step`` was called before ``reset`` or after the end of an episode."""


class BudgetSpent(ClgymError, RuntimeError):
    """A step beyond the budget of env steps."""


class MissingSalt(ClgymError, RuntimeError):
    """``split="test"`` was asked for on a machine that does not hold the evaluator's salt."""


class MissingExtra(ClgymError, ImportError):
    """A feature needs packages that are not installed; the message is the install command."""

    def __init__(self, feature: str, extra: str, cause: ImportError | None = None):
        missing = f" ({cause.name} is not installed)" if cause is not None and cause.name else ""
        super().__init__(f"{feature} needs the extra {extra!r}{missing}: pip install 'clgym[{extra}]'")


class OutdatedExtra(ClgymError, ImportError):
    """A package of an extra is installed and too old; the message is the command that renews it."""

    def __init__(self, feature: str, extra: str, package: str, found: str, least: str):
        super().__init__(
            f"{feature} needs {package} {least} or newer, and {found} is installed: pip install --upgrade 'clgym[{extra}]'"
        )


class ModelUnavailable(ClgymError, RuntimeError):
    """A language model could not be fetched, verified or loaded."""

    final = False


class EndpointError(ModelUnavailable):
    """A model behind an endpoint gave no answer. What was answered before is kept: the same command goes on from there."""


class EndpointDown(EndpointError):
    """No connection, a timeout, an answer that broke off or a server error, as often as it was tried."""


class EndpointBusy(EndpointError):
    """The server keeps answering that it is asked too much (429), or wants to be left alone for long."""


class EndpointGarbled(EndpointError):
    """The server answers, as often as it is tried, with something that is no chat completion."""


class EndpointRefused(EndpointError):
    """The server refuses the request as such (wrong key, unknown model, spent quota): asking again would not help."""

    final = True


class NeedsWeights(ClgymError, AttributeError):
    """Something that only a model on this machine can give (weights, log-probabilities) was asked of an endpoint."""


class SandboxUnavailable(ClgymError, RuntimeError):
    """Untrusted code cannot be run safely on this machine, so it is not run at all."""


class RecordsError(ClgymError, RuntimeError):
    """A run folder that is damaged, locked, of another configuration or of an unknown schema."""
