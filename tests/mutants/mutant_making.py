"""A file's mutants, by cosmic-ray's operators: each differs from the file in one place."""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

# What an operator of Python's is replaced by: its opposite and its neighbour. cosmic-ray has each of the others as
# well, and most of those are no more than type errors, which any test notices.
_REPLACED = frozenset(
    {
        "ReplaceBinaryOperator_Add_Mul",
        "ReplaceBinaryOperator_Add_Sub",
        "ReplaceBinaryOperator_BitAnd_BitOr",
        "ReplaceBinaryOperator_BitOr_BitAnd",
        "ReplaceBinaryOperator_BitXor_BitOr",
        "ReplaceBinaryOperator_Div_Mul",
        "ReplaceBinaryOperator_FloorDiv_Mul",
        "ReplaceBinaryOperator_LShift_RShift",
        "ReplaceBinaryOperator_Mod_FloorDiv",
        "ReplaceBinaryOperator_Mul_Add",
        "ReplaceBinaryOperator_Mul_FloorDiv",
        "ReplaceBinaryOperator_Pow_Mul",
        "ReplaceBinaryOperator_RShift_LShift",
        "ReplaceBinaryOperator_Sub_Add",
        "ReplaceComparisonOperator_Eq_NotEq",
        "ReplaceComparisonOperator_GtE_Gt",
        "ReplaceComparisonOperator_GtE_Lt",
        "ReplaceComparisonOperator_Gt_GtE",
        "ReplaceComparisonOperator_Gt_LtE",
        "ReplaceComparisonOperator_IsNot_Is",
        "ReplaceComparisonOperator_Is_IsNot",
        "ReplaceComparisonOperator_LtE_Gt",
        "ReplaceComparisonOperator_LtE_Lt",
        "ReplaceComparisonOperator_Lt_GtE",
        "ReplaceComparisonOperator_Lt_LtE",
        "ReplaceComparisonOperator_NotEq_Eq",
        "ReplaceUnaryOperator_Delete_Invert",
        "ReplaceUnaryOperator_Delete_Not",
        "ReplaceUnaryOperator_Delete_USub",
    }
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one change.

    Attributes:
        source: The file that it stands for.
        operator: What cosmic-ray calls the change.
        line: The first line that is another, from 1.
        before: That line, or lines, as the file has them.
        after: The same as the mutant has them.
        text: All of the mutant.
    """

    source: Path
    operator: str
    line: int
    before: str
    after: str
    text: str


def mutants(source: Path) -> Iterator[Mutant]:
    """All mutants of a file that are Python and not the same program, as one with another annotation is."""
    text = source.read_text(encoding="utf-8")
    meaning, nodes = _meaning(text), list(ast_nodes(get_ast(text)))
    for name in operator_names():
        operator, last = get_operator(name), name.rpartition("/")[2]
        # What asks for arguments mutates variables that are named to it.
        if operator.arguments() or ("Operator_" in last and last not in _REPLACED):
            continue
        for occurrence in range(sum(len(list(operator().mutation_positions(node))) for node in nodes)):
            mutated = mutate_code(text, operator(), occurrence)
            if _meaning(mutated) not in ("", meaning):
                line, before, after = _difference(text, mutated)
                yield Mutant(source, last, line, before, after, mutated)


class _Bare(ast.NodeTransformer):
    """Leaves out what type checkers alone read: annotations, and how a protocol's functions are decorated."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        if [ast.unparse(line) for line in node.body] == ["..."]:
            node.decorator_list = []
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.annotation = ast.Constant(None)
        self.generic_visit(node)
        return node


def _meaning(text: str) -> str:
    """What Python reads; nothing where it is no Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            compile(text, "<mutant>", "exec")
        except SyntaxError:
            return ""
        return ast.dump(_Bare().visit(ast.parse(text)))


def _difference(text: str, mutated: str) -> tuple[int, str, str]:
    """The first line that differs, and the lines that do."""
    matcher = difflib.SequenceMatcher(None, text.splitlines(), mutated.splitlines(), autojunk=False)
    changed = [each for each in matcher.get_opcodes() if each[0] != "equal"]
    start, end, mutated_start, mutated_end = changed[0][1], changed[-1][2], changed[0][3], changed[-1][4]
    before, after = text.splitlines()[start:end], mutated.splitlines()[mutated_start:mutated_end]
    return start + 1, _joined(before), _joined(after)


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
