r"""Hostile Python, by kind: (program, the verdicts it may end with). A program that defines ``attack`` has it called."""

# Where every sandbox of builtins alone ends: the os module, and all that is loaded, through the object graph.
OS = "os = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__\nloaded = os['sys'].modules\n"
C = OS + "c = loaded['ctypes'].CDLL(None)\n"
_REPLY = '{"status": "ok", "value": %s, "steps": %s, "console": "", "cut": false, "error": null}'


def forged(value: str, steps: str = "0") -> str:
    return OS + f"os['write'](3, {_REPLY % (value, steps)!r}.encode())\nos['_exit'](0)"


ATTACKS: dict[str, list[tuple[str, str]]] = {
    "loops": [
        ("while True: pass", "steps"),
        ("[0 for _ in iter(int, 1)]", "steps"),
        ("def g():\n    while True: yield 1\nsum(g())", "steps"),
        ("f = lambda: 0\nsum(f() for _ in iter(int, 1))", "steps"),
    ],
    "loops in except and finally": [
        ("try:\n    while True: pass\nexcept BaseException:\n    while True: pass", "steps"),
        ("try:\n    while True: pass\nfinally:\n    while True: pass", "steps"),
        ("while True:\n    try:\n        while True: pass\n    except BaseException: continue", "steps"),
        ("def attack():\n    try:\n        while True: pass\n    finally:\n        return 'fine'", "steps"),
    ],
    "loops in hooks": [
        ("class A(Exception):\n    def __str__(self):\n        while True: pass\nraise A()", "steps"),
        ("class A:\n    def __hash__(self):\n        while True: pass\n{A()}", "steps"),
        ("class A:\n    def __del__(self):\n        while True: pass\nA()", "steps"),
        (
            "class M(type):\n    def __instancecheck__(c, o):\n        while True: pass\nclass A(metaclass=M): pass\nisinstance(1, A)",
            "steps",
        ),
        (OS + "def trace(*a): return trace\nos['sys'].settrace(trace)\nwhile True: pass", "steps"),
    ],
    "the step counter": [
        ("__step__ = print", "syntax"),
        ("globals()['__st' + 'ep__'] = bool\nwhile True: pass", "timeout"),
        ("__builtins__['__st' + 'ep__'].__closure__[0].cell_contents.left = 10 ** 15\nwhile True: pass", "timeout"),
        ("__builtins__['__st' + 'ep__'].__closure__[0].cell_contents.left = 10 ** 15", "crashed"),
    ],
    "native loops": [
        ("sum(range(10 ** 12))", "timeout"),
        ("import itertools\nsum(itertools.count())", "timeout"),
        ("from collections import deque\ndeque(iter(int, 1), maxlen=1)", "timeout"),
        ("import math\nmath.factorial(10 ** 7)", "timeout"),
        ("import decimal\ndecimal.getcontext().prec = 10 ** 7\ndecimal.Decimal(2) ** decimal.Decimal('0.5')", "timeout"),
    ],
    "number bombs": [
        ("len(str(10 ** 10 ** 8))", "timeout memory exception"),
        ("pow(3, 10 ** 9)", "timeout memory"),
        ("x = ((((2 ** 100) ** 100) ** 100) ** 100)", "memory timeout"),
        ("int('9' * 10 ** 6)", "exception timeout"),
        ("def attack(): return 1 << 10 ** 6", "output"),
    ],
    "regular expressions": [
        ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "timeout"),
        ("import re\nre.compile('(' * 5000 + ')' * 5000)", "exception"),
    ],
    "list bombs": [
        ("a = []\nwhile True: a.append([0] * 10000)", "memory"),
        ("import itertools\nlist(itertools.repeat(0))", "memory"),
        ("import itertools\nlen(list(itertools.permutations(range(12))))", "memory"),
        ("x = [0] * 10 ** 10", "memory"),
    ],
    "string bombs": [
        ("'x' * 10 ** 10", "memory"),
        ("'{:>1000000000}'.format(1)", "memory"),
        ("'%*d' % (10 ** 9, 1)", "memory"),
        ("import textwrap\ntextwrap.fill('a ' * 10 ** 7, 5)", "memory"),
    ],
    "byte bombs": [("import array\narray.array('b', bytes(10 ** 10))", "memory"), ("bytearray(10 ** 10)", "memory")],
    "deep recursion": [
        ("def f(): f()\nf()", "exception"),
        (OS + "os['sys'].setrecursionlimit(10 ** 9)\ndef f(): f()\nf()", "steps exception crashed memory"),
        ("class A:\n    def __getattr__(self, name): return getattr(self, name)\nA().x", "exception"),
        ("class A:\n    def __repr__(self): return repr(self)\nrepr(A())", "exception"),
    ],
    "deep values": [
        ("x = []\nfor _ in range(90000): x = [x]\nprint(x)", "exception"),
        ("import json\njson.loads('[' * 100000)", "exception"),
        ("import copy\nx = []\nfor _ in range(50000): x = [x]\ncopy.deepcopy(x)", "exception crashed"),
        ("e = None\nfor i in range(50000):\n    n = ValueError(i)\n    n.__cause__ = e\n    e = n\nraise e", "exception"),
        ("def attack():\n    x = []\n    x.append(x)\n    return x", "output"),
    ],
    "deep source": [
        ("(" * 5000 + ")" * 5000, "syntax"),
        ("-" * 20000 + "1", "syntax crashed"),
        ("if 0: pass\n" + "elif 0: pass\n" * 5000, "ok syntax crashed"),
        ("x = 1" + " + 1" * 5000, "ok syntax crashed"),
        ("x = " + "lambda: " * 2500 + "1", "syntax crashed"),
    ],
    "output floods": [
        ("while True: print('flood flood flood')", "steps"),
        ("print('x' * 10 ** 7)", "ok"),
        ("class A:\n    def __str__(self): return 'x' * 10 ** 6\nfor i in range(90000): print(A(), A(), A())", "timeout"),
        ("def attack(): return 'x' * (2 * 10 ** 6)", "output"),
        ("def attack(): return [0] * 200000", "output"),
    ],
    "forged replies": [
        (OS + "os['_exit'](0)", "crashed"),
        (OS + "os['write'](3, b'{\"status\": \"failed\"}')\nos['_exit'](0)", "crashed"),
        (OS + "os['write'](3, b'{')\nos['_exit'](0)", "crashed"),
        (OS + "x = b'x' * 10 ** 6\nfor _ in range(90000): os['write'](3, x)", "timeout memory"),
        (forged("null", "1e999"), "crashed"),
        (forged("null", "-1"), "crashed"),
        (forged('{"$": "bigint", "v": 1e999}'), "crashed"),
        (forged('{"$": "bigint", "v": "' + "9" * 9000 + '"}'), "crashed"),
        (forged("[" * 900 + "]" * 900), "crashed"),
        (
            OS
            + "os['write'](3, b'{\"value\": [')\nx = b'[],' * 20000\nfor _ in range(300):\n    k = 0\n    while k < len(x): k += os['write'](3, x[k:])\n"
            'os[\'write\'](3, b\'0], "status": "ok", "steps": 0, "console": "", "cut": false, "error": null}\')\nos[\'_exit\'](0)',
            "crashed",
        ),
    ],
    "the end of the process": [
        ("raise SystemExit(3)", "exception"),
        ("raise KeyboardInterrupt", "exception"),
        (OS + "os['abort']()", "crashed exception"),
        (OS + "loaded['ctypes'].string_at(0)", "crashed"),
    ],
    "forks and threads": [
        (OS + "os['fork']()", "exception"),
        (OS + "os['posix_spawn']('/bin/true', ['true'], {})", "exception"),
        (OS + "os['execv']('/bin/sh', ['sh'])", "exception"),
        (OS + "loaded['_thread'].start_new_thread(print, ())", "exception"),
        (C + "assert c.fork() == c.vfork() == -1", "ok"),
    ],
    "signals and limits": [
        (OS + "os['kill'](os['getppid'](), 9)", "exception"),
        (OS + "os['killpg'](0, 9)", "exception"),
        (OS + "s = loaded['signal']\ns.signal(s.SIGPROF, s.SIG_IGN)", "exception"),
        (OS + "s = loaded['signal']\ns.setitimer(s.ITIMER_PROF, 0)", "exception"),
        (OS + "r = loaded['resource']\nr.setrlimit(r.RLIMIT_AS, (-1, -1))", "exception"),
        (C + "assert c.kill(1, 0) == c.prctl(1, 0) == -1", "ok"),
    ],
    "sockets": [
        ("import socket", "exception"),
        (C + "assert c.socket(2, 1, 0) == c.socketpair(1, 1, 0, 0) == c.eventfd(0, 0) == c.pipe(0) == -1", "ok"),
    ],
    "files": [
        ("open('/etc/passwd')", "exception"),
        (OS + "os['open']('/etc/passwd', 0)", "exception"),
        (OS + "os['listdir']('/')", "exception"),
        (OS + "os['mkdir']('/tmp/clgym_attack')", "exception"),
        (OS + "os['close'](3)", "exception"),
        (OS + "os['read'](0, 1)", "exception"),
        (OS + "loaded['io'].FileIO('/etc/passwd')", "exception"),
        (
            C
            + "assert c.open(b'/etc/passwd', 0) == c.openat(-100, b'/etc/passwd', 0) == c.memfd_create(b'x', 0) == c.mkdir(b'/tmp/clgym_attack') == -1",
            "ok",
        ),
    ],
    "modules": [
        ("import os", "exception"),
        ("__import__('subprocess')", "exception"),
        ("import importlib", "exception"),
        (OS + "loaded['importlib'].import_module('this_is_nowhere')", "exception"),
        ("__builtins__['__import__'].__globals__['os'].system('touch /tmp/clgym_attack')", "ok"),
        ("exec('while True: pass')", "exception"),
        ("import json\njson.loads(input())", "exception"),
    ],
    "the parent's memory": [
        (OS + "os['open']('/proc/%d/mem' % os['getppid'](), 0)", "exception"),
        (C + "assert c.ptrace(16, 1, 0, 0) == c.process_vm_readv(1, 0, 0, 0, 0, 0) == c.shmget(1, 10, 0) == -1", "ok"),
    ],
    "environment": [
        (OS + "assert not os['environ']", "ok"),
        (OS + "os['open']('/proc/self/environ', 0)", "exception"),
        (C + "assert c.getenv(b'PATH') == c.getenv(b'HOME') == c.getenv(b'LC_ALL') == 0", "ok"),
    ],
    "clock and chance": [
        ("import time", "exception"),
        (OS + "loaded['time'].sleep(1000)", "exception"),
        (OS + "os['urandom'](4)", "exception"),
        ("import random\nrandom.SystemRandom().random()", "exception"),
        ("import random\nprint(random.random(), hash('a'), object(), print, lambda: 0)", "ok"),
    ],
    "waiting": [
        ("import queue\nqueue.Queue().get()", "timeout"),
        (OS + "lock = loaded['_thread'].allocate_lock()\nlock.acquire()\nlock.acquire()", "timeout"),
    ],
    "odd text": [
        ("1\0", "syntax"),
        ("'\ud800'", "syntax"),
        ("\ufeffprint(1)", "ok syntax"),
        ("# coding: rot13\nprint(1)", "ok"),
        ("x = 1" + ".a" * 5000, "syntax crashed"),
    ],
}

#: What Django's parent has loaded that the plain one has not: more ways to the machine, and none of them open.
DJANGO: dict[str, list[tuple[str, str]]] = {
    "files of Django": [
        ("import django.utils.version as v\nprint(v.os.listdir('/'))", "exception"),
        ("import django.utils.version as v\nprint(v.os.open('/etc/passwd', 0))", "exception"),
        ("from django.template import Engine\nEngine(dirs=['/etc']).get_template('passwd')", "exception"),
        ("from django.template import Engine\nEngine().from_string('{% load nowhere %}')", "exception"),
    ],
    "programs and sockets of Django": [
        ("import django.utils.version as v\nv.subprocess.run(['/bin/true'])", "exception"),
        ("from django.core.mail import utils\nprint(utils.socket.socket())", "exception"),
    ],
    "database files": [
        (
            "from django.db import connection\nconnection.connection.execute(\"attach '/tmp/clgym_attack' as x\")\n"
            "connection.connection.execute('create table x.t (a)')",
            "exception",
        ),
        (
            "from django.db import connection\nconnection.connection.enable_load_extension(True)\n"
            "connection.connection.load_extension('/lib/libc.so.6')",
            "exception",
        ),
    ],
    "database loops and bombs": [
        (
            "from django.db import connection\nwith connection.cursor() as cursor:\n"
            "    cursor.execute('with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n')",
            "timeout",
        ),
        (
            "from django.db import connection\nwith connection.cursor() as cursor:\n    cursor.execute('select hex(zeroblob(500000000))')",
            "exception memory",
        ),
    ],
    "template loops and bombs": [
        (
            "from django.template import Context, Template\n"
            "Template('{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}').render(Context({'x': 'x' * 5000}))",
            "timeout memory",
        ),
        (
            "from django.template import Context, Template\nTemplate('{{ x|ljust:\"999999999\" }}').render(Context({'x': 1}))",
            "memory",
        ),
    ],
    "the clock of Django": [("from django.utils import timezone\nassert str(timezone.now()) == '2024-01-01 12:00:00'", "ok")],
}
