"""A handful of hostile programs. Each prints ``ESCAPED`` where it gets what it wants."""

from __future__ import annotations

from typing import NamedTuple

from clgym.sandbox import Outcome, Program

CANARY_VARIABLE, CANARY = "CLGYM_DOCTOR_CANARY", "a-canary-that-nobody-may-see"
ESCAPED = "ESCAPED"

#: Verdicts that end a program which would not end by itself.
_CUT = ("steps", "memory", "output", "timeout", "crashed")
#: Any verdict about the program will do, as long as it got nothing.
_ANY = ("ok", "syntax", "exception", *_CUT)


class Attack(NamedTuple):
    """A program, and how it may end."""

    name: str
    language: str
    source: str
    ends: tuple[str, ...] = _ANY

    @property
    def program(self) -> Program:
        return Program(self.language, self.source)

    def held(self, outcome: Outcome) -> bool:
        """Whether the program was stopped and came away with nothing."""
        seen = repr(outcome)
        return ESCAPED not in seen and CANARY not in seen and all(result.status in self.ends for result in outcome.results)


def honest(language: str) -> Program:
    """A program whose ``f(21)`` is 42."""
    typed = ": number" if language == "typescript" else ""
    return Program(language, "def f(n):\n    return 2 * n" if language == "python" else f"function f(n{typed}) {{ return 2 * n; }}")


# The os module, through the object graph: where every sandbox that only hides builtins ends.
_OS = "os = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__\n"

ATTACKS: tuple[Attack, ...] = (
    Attack("a loop inside catch", "javascript", "for (;;) { try { for (;;) {} } catch (e) {} }", _CUT),
    Attack("an array that fills the memory", "javascript", "const a = []; for (;;) a.push(new Array(1e5).fill(a.length));", _CUT),
    Attack("a string that fills the memory", "javascript", "let s = 'x'; for (;;) s += s;", (*_CUT, "exception")),
    Attack("a regular expression without end", "javascript", "console.log(/(a+)+$/.test('a'.repeat(40) + 'b') ? 1 : 2);"),
    Attack("a flood of microtasks", "javascript", "const f = () => Promise.resolve().then(f).then(f); f(); for (;;) {}", _CUT),
    Attack(
        "modules of the host",
        "javascript",
        "const g = globalThis; if (g.process || g.require || g.std || g.os || g.Deno) console.log('ESC' + 'APED');",
    ),
    Attack("the clock", "javascript", "try { if (new Date().getFullYear() > 2000) console.log('ESC' + 'APED'); } catch (e) {}"),
    Attack(
        "code out of text",
        "javascript",
        "try { if ((() => {}).constructor('return 1')() === 1) console.log('ESC' + 'APED'); } catch (e) {}",
    ),
    Attack(
        "a loop inside except", "python", "while True:\n    try:\n        while True: pass\n    except BaseException: pass", _CUT
    ),
    Attack("a list that fills the memory", "python", "a = [0]\nwhile True: a = a + a", (*_CUT, "exception")),
    Attack("the environment", "python", _OS + "print(dict(os['environ']))"),
    Attack("files", "python", _OS + "os['open']('/etc/passwd', 0)\nprint('ESC' + 'APED')"),
    Attack("a file to write", "python", _OS + "os['open']('/tmp/clgym-doctor', 65)\nprint('ESC' + 'APED')"),
    Attack("another process", "python", _OS + "os['fork']()\nprint('ESC' + 'APED')"),
    Attack("a command", "python", _OS + "os['execv']('/bin/echo', ['echo', 'ESC' + 'APED'])\nprint('ESC' + 'APED')"),
    Attack("a signal", "python", _OS + "os['kill'](os['getppid'](), 0)\nprint('ESC' + 'APED')"),
    Attack("a socket", "python", _OS + "import socket\nsocket.socket()\nprint('ESC' + 'APED')"),
)
