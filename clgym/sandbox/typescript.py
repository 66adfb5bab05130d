"""TypeScript made JavaScript: types are blanked out in place, so that lines and columns stay.

Enums and parameter properties, which are code, are written out; namespaces and decorators are refused. As
with ``node --experimental-strip-types``, types are not checked.
"""

from __future__ import annotations

import json
from functools import lru_cache

import tree_sitter
import tree_sitter_typescript

from clgym.sandbox.javascript import SourceError, place_of, unreadable, walk

#: Nodes that are types and nothing else.
_TYPES = {
    "type_annotation",
    "type_arguments",
    "type_parameters",
    "implements_clause",
    "accessibility_modifier",
    "override_modifier",
    "asserts_annotation",
    "type_predicate_annotation",
    "omitting_type_annotation",
    "opting_type_annotation",
    "adding_type_annotation",
}
#: Statements and class members that vanish as a whole; a semicolon stays in their place.
_VANISH = {
    "interface_declaration",
    "type_alias_declaration",
    "ambient_declaration",
    "function_signature",
    "abstract_method_signature",
    "method_signature",
    "index_signature",
}
#: Words and marks that vanish where they stand in one of these nodes.
_MARKS = {
    "abstract_class_declaration": {"abstract"},
    "optional_parameter": {"?"},
    "public_field_definition": {"readonly", "declare", "abstract", "?", "!"},
    "method_definition": {"?", "abstract", "readonly"},
    "required_parameter": {"readonly", "?"},
    "variable_declarator": {"!"},
    "non_null_expression": {"!"},
}
_REFUSED = {"internal_module": "namespaces", "module": "namespaces", "decorator": "decorators"}


@lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_typescript.language_typescript()))


def strip_types(source: str) -> str:
    """The program without its types. Raises ``SourceError`` where it cannot be read or asks for what is refused."""
    data = source.encode("utf-8")
    root = _parser().parse(data).root_node
    if root.has_error:
        raise unreadable(root)
    edits: list[tuple[int, int, bytes]] = []
    for node in walk(root):
        edits += _edits(data, node)
    return _apply(data, edits)


def _edits(data: bytes, node: tree_sitter.Node) -> list[tuple[int, int, bytes]]:
    kind = node.type
    if kind in _REFUSED:
        raise SourceError(f"{_REFUSED[kind]} are not available here", *place_of(node))
    if kind in _TYPES:
        return [(node.start_byte, node.end_byte, b"")]
    if kind in _VANISH or _only_types(node):
        return [(node.start_byte, node.end_byte, b";")]
    if kind in ("as_expression", "satisfies_expression"):
        return [(node.named_children[0].end_byte, node.end_byte, b"")]
    if kind == "type_assertion":
        return [(node.start_byte, node.named_children[0].end_byte, b"")]
    if kind == "enum_declaration":
        return [(node.start_byte, node.end_byte, _enum(node))]
    edits = [(child.start_byte, child.end_byte, b"") for child in node.children if child.type in _MARKS.get(kind, ())]
    if kind == "method_definition":
        edits += _parameter_properties(node)
    if kind in ("required_parameter", "optional_parameter") and node.named_children and node.named_children[0].type == "this":
        edits.append((node.start_byte, _after_comma(node), b""))
    return edits


def _only_types(node: tree_sitter.Node) -> bool:
    """``import type``, ``export type``, ``export interface``, ``declare`` fields and abstract ones."""
    if node.type in ("import_statement", "export_statement"):
        inner = node.child_by_field_name("declaration")
        return any(child.type == "type" for child in node.children) or (inner is not None and inner.type in _VANISH)
    return node.type == "public_field_definition" and any(child.type in ("declare", "abstract") for child in node.children)


def _after_comma(node: tree_sitter.Node) -> int:
    following = node.next_sibling
    return following.end_byte if following is not None and following.type == "," else node.end_byte


def _parameter_properties(method: tree_sitter.Node) -> list[tuple[int, int, bytes]]:
    """``constructor(private x: number)`` also means ``this.x = x`` at its head (after ``super()``)."""
    parameters, body = method.child_by_field_name("parameters"), method.child_by_field_name("body")
    if parameters is None or body is None:
        return []
    names = []
    for parameter in parameters.named_children:
        if any(child.type in ("accessibility_modifier", "override_modifier", "readonly") for child in parameter.children):
            pattern = parameter.child_by_field_name("pattern")
            names.append((pattern.text if pattern is not None else None) or b"")
    first = next((child for child in body.named_children if child.type != "comment"), None)
    after_super = first is not None and (first.text or b"").startswith(b"super(")
    place = first.end_byte if first is not None and after_super else body.start_byte + 1
    return [(place, place, b";" + b"".join(b"this.%s = %s;" % (name, name) for name in names))] if names else []


def _enum(node: tree_sitter.Node) -> bytes:
    """An enum as the object that TypeScript makes of it, on one line."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    assert name is not None and body is not None
    lines, before = [], "-1"
    for member in body.named_children:
        if member.type == "comment":
            continue
        label, value = member.child_by_field_name("name") or member, member.child_by_field_name("value")
        text = (label.text or b"").decode()
        key = text if text[:1] in "'\"" else json.dumps(text)
        given = (value.text or b"").decode() if value is not None else ""
        if value is not None and value.type in ("string", "template_string"):
            lines.append(f"E[{key}] = {given};")
        else:
            lines.append(f"E[E[{key}] = {given or before + ' + 1'}] = {key};")
        before = f"E[{key}]"
    written = f"var {(name.text or b'').decode()} = (() => {{ const E = {{}}; {' '.join(lines)} return E; }})();"
    return written.replace("\n", " ").encode()


def _apply(data: bytes, edits: list[tuple[int, int, bytes]]) -> str:
    """Put each text in place of its span, padded to the span's length and with its line breaks; inner spans are dropped."""
    parts, last = [], 0
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start < last:
            continue
        blank = bytes(byte if byte in b"\r\n" else 0x20 for byte in data[start:end])
        rest = blank[len(text) :] if len(text) <= 1 else bytes(byte for byte in blank if byte != 0x20)
        parts += [data[last:start], text, rest]
        last = end
    return b"".join([*parts, data[last:]]).decode("utf-8")
