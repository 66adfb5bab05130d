"""Python made countable: a call of ``__step__`` put in wherever a program can repeat itself.

It works on the syntax tree, so that the same program takes the same steps on every version of Python (bytecode
and line events differ between versions). Line numbers stay.
"""

from __future__ import annotations

import ast

STEP = "__step__"  # with underscores at both ends, for classes mangle names without

_LOOPS = (ast.While, ast.For, ast.AsyncFor)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def count_steps(tree: ast.Module) -> ast.Module:
    """Put ``__step__()`` at the head of every loop, function, ``except`` and ``finally``, and into every comprehension
    and lambda (where it returns True). Raises ``SyntaxError`` where the program uses that name."""
    for node in list(ast.walk(tree)):
        if STEP in (getattr(node, "id", ""), getattr(node, "name", ""), getattr(node, "attr", ""), getattr(node, "arg", "")):
            raise SyntaxError(f"the name {STEP} is reserved", ("<program>", getattr(node, "lineno", 1), 1, None))
        if isinstance(node, _LOOPS):
            node.body.insert(0, _statement(node.body[0]))
        elif isinstance(node, _FUNCTIONS):
            first = node.body[0]
            node.body.insert(1 if ast.get_docstring(node, clean=False) is not None else 0, _statement(first))
        elif isinstance(node, ast.Lambda):
            node.body = ast.copy_location(ast.BoolOp(ast.And(), [_call(node.body), node.body]), node.body)
        elif isinstance(node, _COMPREHENSIONS):
            for generator in node.generators:
                generator.ifs.insert(0, _call(generator.iter))
        elif isinstance(node, ast.ExceptHandler):
            node.body.insert(0, _statement(node.body[0]))
        last: list[ast.stmt] = getattr(node, "finalbody", [])  # of try, and of try with except*
        if last:
            last.insert(0, _statement(last[0]))
    return tree


def _call(near: ast.AST) -> ast.Call:
    name = ast.copy_location(ast.Name(STEP, ast.Load()), near)
    return ast.copy_location(ast.Call(name, [], []), near)


def _statement(near: ast.AST) -> ast.Expr:
    return ast.copy_location(ast.Expr(_call(near)), near)
