"""Python that nobody trusts: locked in, counted, and unable to reach the machine."""

from __future__ import annotations

import pytest

from clgym.errors import UnknownName
from clgym.sandbox import Call, Limits, Program, Result, Surroundings, run, same

SHORT = Limits(steps=100_000, memory_bytes=32 << 20, output_chars=500, seconds=0.4)

# Where every sandbox of builtins alone ends: the os module, through the object graph.
OS = "os = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__\n"


DJANGO = Surroundings(preload="django")


def py(source: str, *calls: Call, limits: Limits = SHORT, around: Surroundings = Surroundings()) -> Result:
    return run(Program("python", source, around=around), calls, limits).results[0]


# All that a child can reach in the memory of its parent: every object of the collector, and every frame below its own.
LOOK_AROUND = (
    OS
    + """
sys = os["sys"]
gc = sys.modules["gc"]
seen, waiting, found = set(), [sys._getframe(), *gc.get_objects()], 0
own = "can" + "ary"
while waiting:
    thing = waiting.pop()
    if id(thing) in seen:
        continue
    seen.add(id(thing))
    if isinstance(thing, (str, bytes)):
        text = thing if isinstance(thing, str) else thing.decode("latin-1")
        found += own + "-of-the-host" in text or own + "-of-the-job-before" in text
    elif len(seen) < 10 ** 6:
        waiting += gc.get_referents(thing)
        if type(thing).__name__ == "frame":
            waiting += [thing.f_back, *thing.f_locals.values()]
print(len(seen) > 10_000, found)
"""
)


@pytest.mark.parametrize("around", [Surroundings(), DJANGO], ids=["plain", "django"])
def test_a_child_finds_neither_what_the_host_expects_nor_the_job_before(around: Surroundings) -> None:
    expected = "canary-of-the-host"
    py("x = 'canary-of-the-job-before'\ndef f(): return x", Call("f"), around=around)
    result = py(LOOK_AROUND, limits=Limits(steps=10**7, memory_bytes=512 << 20, seconds=8.0), around=around)
    assert (result.status, result.console) == ("ok", "True 0"), (result, expected)


HOUSE = Surroundings(
    modules=(
        ("house/words.py", "def shout(text):\n    return text.upper() + '!'\n"),
        ("house/__init__.py", "from house.words import shout\n"),
        ("app/models.py", "class Book:\n    rows = [3, 1, 2]\n_private = 1\n"),
        ("<app/check.py>", "def ask(name, *rest):\n    import app.views\n    return getattr(app.views, name)(*rest)\n"),
    ),
    file="app/views.py",
    given="app.models",
)


def test_a_program_imports_what_stands_around_it() -> None:
    source = "from house import shout\nimport house.words\ndef f(text):\n    return [shout(text), house.words.shout('x'), sorted(Book.rows)]"
    assert py(source, Call("f", ["hi"]), around=HOUSE).value == ["HI!", "X!", [1, 2, 3]]
    assert py(source, Call("app.check:ask", ["f", "hi"]), around=HOUSE).value[0] == "HI!"
    assert py("print('_private' in globals())", around=HOUSE).console == "False"
    for name in ("os", "house.secrets", "django", "clgym"):
        assert py(f"import {name}", around=HOUSE).error.name == "ImportError"


def test_an_error_has_pythons_own_traceback_without_our_frames() -> None:
    source = "from house import shout\n\ndef f(text):\n    return shout(text)"
    fault = py(source, Call("app.check:ask", ["f", 3]), around=HOUSE).error
    assert (
        fault
        and fault.line == 4
        and fault.trace
        == (
            "Traceback (most recent call last):\n"
            '  File "app/views.py", line 4, in f\n    return shout(text)\n'
            "  File \"house/words.py\", line 2, in shout\n    return text.upper() + '!'\n"
            "AttributeError: 'int' object has no attribute 'upper'"
        )
    )
    deep = py("def f():\n    f()\nf()", around=HOUSE).error
    assert deep and len(deep.trace) < 1000 and "more frames" in deep.trace


def test_the_steps_of_what_stands_around_count_too() -> None:
    endless = Surroundings(modules=(("house.py", "def f():\n    while True: pass\n"),), file="app/views.py")
    assert py("import house\nhouse.f()", around=endless).status == "steps"


SHELF = Surroundings(
    modules=(
        (
            "app/models.py",
            """from django.db import connection, models
class Book(models.Model):
    title = models.CharField(max_length=50)
    pages = models.IntegerField()
    class Meta:
        app_label = "app"
with connection.schema_editor() as editor:
    editor.create_model(Book)
Book.objects.bulk_create([Book(title=title, pages=pages) for title, pages in [("A", 10), ("B", 20)]])
""",
        ),
    ),
    file="app/views.py",
    given="app.models",
    preload="django",
)


def test_django_answers_from_a_database_in_memory_that_every_call_has_for_itself() -> None:
    source = "def f():\n    Book.objects.create(title='C', pages=30)\n    return list(Book.objects.filter(pages__gt=15).values_list('title', flat=True))"
    results = run(Program("python", source, around=SHELF), [Call("f"), Call("f")], SHORT).results
    assert [result.value for result in results] == [["B", "C"], ["B", "C"]], results
    fault = py("Book.objects.get(pages=11)", around=SHELF).error
    assert fault and fault.trace.endswith("app.models.Book.DoesNotExist: Book matching query does not exist.")


def test_django_needs_no_file_for_forms_templates_and_routes() -> None:
    source = """
from django import forms
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import path
class Entry(forms.Form):
    name = forms.CharField(max_length=3)
    day = forms.DateField()
form = Entry({"name": "long", "day": "2024-02-31"})
print(form.is_valid(), sorted(form.errors), len(form.as_p()) > 100)
print(Template("{{ xs|join:', ' }} {% if n %}{{ n|pluralize }}{% endif %}").render(Context({"xs": ["a", "b"], "n": 2})))
print(path("x/<int:n>/", print).resolve("x/7/").kwargs, HttpResponse("x", status=404).status_code)
print(RequestFactory().get("/", {"q": "a"}).GET["q"])
"""
    result = py(source, around=DJANGO)
    assert result.console == "False ['day', 'name'] True\na, b s\n{'n': 7} 404\na", result


def test_only_known_preloads() -> None:
    with pytest.raises(UnknownName, match="preload"):
        py("1", around=Surroundings(preload="flask"))


def test_a_socket_cannot_be_made() -> None:
    source = (
        "for c in ().__class__.__base__.__subclasses__():\n    if c.__name__ == 'socket':\n        c()\n        print('made')\n"
    )
    result = py(source + "print('end')")
    assert "made" not in result.console


def test_the_environment_is_empty() -> None:
    assert py(OS + "print(dict(os['environ']))").console == "{}"


def test_the_step_verdict_is_the_same_every_time() -> None:
    source = "def f(n):\n    s = 0\n    for i in range(n): s += i\n    return s"
    for _ in range(3):
        fits, over = (py(source, Call("f", [n]), limits=Limits(steps=101)) for n in (100, 101))
        assert (fits.status, fits.value, fits.steps) == ("ok", 4950, 101)
        assert (over.status, over.value, over.steps) == ("steps", None, 101)


def test_a_limit_that_was_caught_still_counts() -> None:
    assert py("def f():\n    try:\n        while True: pass\n    finally:\n        return 'fine'", Call("f")).status == "steps"


def test_the_counter_keeps_the_meaning_of_programs() -> None:
    source = '''"""Doc."""
from __future__ import annotations
import math, collections.abc
from dataclasses import dataclass
@dataclass
class P:
    """A point."""
    x: int
    def twice(self) -> int:
        """Docstring."""
        return (lambda n: n * 2)(self.x)
def main(n, *rest, key=3):
    """Main."""
    out = {i: [j for j in range(i) if j % 2] for i in range(n)}
    for i in range(2):
        pass
    else:
        out["else"] = math.floor(2.5)
    try:
        raise ValueError("x")
    except ValueError as e:
        out["e"] = str(e)
    finally:
        out["f"] = main.__doc__
    return [out["else"], out["e"], out["f"], P(4).twice(), list(x for x in (1, None, 0)), rest, {1, 2}]
'''
    assert py(source, Call("main", [3])).value == [2, "x", "Main.", 8, [1, None, 0], [], [1, 2]]


def test_values_cross_as_what_they_are() -> None:
    given = [None, True, 1, 1.5, "ä\U0001f642", [1, [2]], {"a": {"$": "x"}}, 10**30]
    assert same(given, py("def same(x): return x", Call("same", [given])).value)
    assert py("def f(): return (1, {2: 3})", Call("f")).value == [1, [[2, 3]]]
    assert py("def f():\n    x = []\n    x.append(x)\n    return x", Call("f")).status == "output"


def test_nothing_is_left_for_the_next_call_and_chance_repeats() -> None:
    source = (
        "import random, math\nn = 0\ndef f():\n    global n\n    n += 1\n    math.left = getattr(math, 'left', 0) + 1\n"
        "    return [n, math.left, random.random(), hash('a'), str({'a', 'b', 'c'})]"
    )
    results = run(Program("python", source), [Call("f"), Call("f")], SHORT).results
    assert results[0].value == results[1].value and results[0].value[:2] == [1, 1]


def test_output_and_errors() -> None:
    shown = py("print('a', [1])\nprint('b')\n1 / 0")
    assert shown.console == "a [1]\nb" and shown.error and (shown.error.name, shown.error.line) == ("ZeroDivisionError", 3)
    unread = py("def f(:\n    pass")
    assert unread.status == "syntax" and unread.error and unread.error.line == 1
    flood = py("for i in range(1000): print('line', i)", limits=Limits(output_chars=100))
    assert flood.status == "ok" and flood.cut and len(flood.console) <= 100
    assert py("def f(): pass", Call("g")).error.name == "NameError"


def test_a_program_that_never_gets_to_its_function_fails_every_call_alike() -> None:
    calls = [Call("f", [1]), Call("f", [2])]
    for source, status in (("def f(:", "syntax"), ("1 / 0", "exception"), ("x = 1", "exception"), ("while True: pass", "steps")):
        first, second = run(Program("python", source), calls, SHORT).results
        assert first == second and first.status == status
    assert [r.status for r in run(Program("python", "def f(n): return 1 / (n - 1)"), calls, SHORT).results] == ["exception", "ok"]
