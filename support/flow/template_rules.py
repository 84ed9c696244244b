"""What a template may hold, so that none can call, compute, or keep a server busy for long."""

from __future__ import annotations

from jinja2 import nodes

from support.flow.template_environment import FILTERS

ITERATED = ("answers", "conversation", "unverified")
MAX_LOOPS = 20
MAX_LOOPS_IN_LOOPS = 2
MAX_PARTS = 1000
MAX_DEPTH = 40
# A text put together of ever so many others is as large as all of them.
MAX_CONCATENATED = 10
_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Getitem, nodes.If, nodes.For, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.CondExpr, nodes.Keyword,
)  # fmt: skip
_TESTS = ("defined", "undefined", "none", "equalto", "eq", "ne", "in")


def broken(parsed: nodes.Template) -> str | None:
    """Which rule is broken, and in which line if that can be said; None: none is."""
    return _size(parsed) or next(filter(None, map(_node, parsed.find_all(nodes.Node))), None)


def _size(parsed: nodes.Template) -> str | None:
    # Not by functions that call themselves: how deep it is, is the question.
    level: list[tuple[nodes.Node, int]] = [(parsed, 0)]
    depth = parts = loops = 0
    while level:
        depth, parts = depth + 1, parts + len(level)
        loops += sum(isinstance(node, nodes.For) for node, _ in level)
        if any(around > MAX_LOOPS_IN_LOOPS for _, around in level):
            return f"It has loops in loops in loops; at most {MAX_LOOPS_IN_LOOPS} are possible."
        if loops > MAX_LOOPS:
            return f"It has more than {MAX_LOOPS} loops."
        if depth > MAX_DEPTH:
            return "It is nested too deeply."
        if parts > MAX_PARTS:
            return f"It has more than {MAX_PARTS} parts; use fewer values and conditions."
        level = [
            (child, around + isinstance(child, nodes.For))
            for node, around in level
            for child in node.iter_child_nodes()
        ]
    return None


def _node(node: nodes.Node) -> str | None:
    line = f"Line {node.lineno}:"
    if not isinstance(node, _NODES):
        what = type(node).__name__.lower()
        return (
            f"{line} {what} is not possible here. Use values, if, for, and the filters "
            f"{', '.join(FILTERS)}."
        )
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"{line} the filter {node.name} is not one of {', '.join(FILTERS)}."
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return f"{line} the test {node.name} is not one of {', '.join(_TESTS)}."
    if isinstance(node, nodes.Concat) and len(node.nodes) > MAX_CONCATENATED:
        return f"{line} more than {MAX_CONCATENATED} texts are put together by ~."
    return _loop(node) if isinstance(node, nodes.For) else None


def _loop(loop: nodes.For) -> str | None:
    if loop.recursive:
        return f"Line {loop.lineno}: a loop is recursive; only plain ones are possible."
    if not isinstance(loop.iter, nodes.Name) or loop.iter.name not in ITERATED:
        return f"Line {loop.lineno}: a loop goes over {', '.join(ITERATED[:-1])} or {ITERATED[-1]}."
    return None
