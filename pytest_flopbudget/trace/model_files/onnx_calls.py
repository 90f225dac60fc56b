"""An ONNX graph's nodes as operator calls, with the modules that they come from and the weights that they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import onnx

from pytest_flopbudget.counting.boundary import Boundary, Weight, WeightKind
from pytest_flopbudget.counting.measurement import ModuleNode
from pytest_flopbudget.counting.onnx_formulas.free import VIEWS
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.inputs import Arguments
from pytest_flopbudget.trace.model_files.archives import called
from pytest_flopbudget.trace.model_files.onnx_files import read_graph
from pytest_flopbudget.trace.model_files.onnx_inputs import bind_inputs
from pytest_flopbudget.trace.model_files.onnx_modules import module_of_node
from pytest_flopbudget.trace.model_files.onnx_shapes import Shapes
from pytest_flopbudget.trace.model_files.onnx_types import spec_of

_RESHAPE = "onnx::Reshape"
_OWN_DOMAINS = ("", "ai.onnx")


@dataclass(frozen=True, slots=True)
class SeenGraph:
    """What a graph holds, as a trace tells it."""

    calls: tuple[OperatorCall, ...]
    modules: tuple[ModuleNode, ...]
    boundary: Boundary


def seen_in(name: str, path: Path, arguments: Arguments | None) -> SeenGraph:
    """The nodes of an ONNX file in their order, at the inputs that are given.

    Raises:
        MeasureError: The file cannot be read, the inputs do not fit, or a size cannot be told.
    """
    model = read_graph(name, path)
    inputs = bind_inputs(name, model.graph, arguments)
    reader = _Reader(name, model, Shapes.of(model, inputs))
    calls = tuple(map(reader.call, model.graph.node))
    weights = reader.weights()
    boundary = Boundary(
        inputs=tuple(map(reader.spec, inputs)),
        outputs=tuple(reader.spec(each.name) for each in model.graph.output),
        weights=tuple(weights),
    )
    return SeenGraph(calls, tuple(_tree(calls, weights)), boundary)


@dataclass(slots=True)
class _Reader:
    name: str
    model: onnx.ModelProto
    shapes: Shapes
    storages: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def call(self, node: onnx.NodeProto) -> OperatorCall:
        schema = self._schema(node)
        self.shapes.pass_node(node, schema)
        self._share(node)
        module = module_of_node(node)
        for name in node.input:
            self.owners.setdefault(name, module)
        operator = _operator(node)
        outputs = tuple(self.spec(name, node) for name in node.output if name)
        if operator == _RESHAPE and outputs:
            self._refuse_other_elements(self.spec(node.input[0]), outputs[0], module)
        return OperatorCall(
            operator,
            module,
            {**_attributes(node, schema), **self._inputs(node, schema)},
            outputs[0] if len(outputs) == 1 else outputs,
        )

    def _refuse_other_elements(self, source: TensorSpec, out: TensorSpec, module: str) -> None:
        """Refuse sizes that onnx infers and no runtime could give: an exporter wrote those of its example down."""
        if source.numel != out.numel:
            made, given = ("x".join(map(str, spec.shape)) for spec in (out, source))
            raise MeasureError(
                f"{called(self.name)} cannot run at this input: {_RESHAPE} in {module or 'the graph itself'} is to "
                f"make {made} of {given}",
                "the exporter fixed a size there: export it for this one",
            )

    def spec(self, name: str, node: onnx.NodeProto | None = None) -> TensorSpec:
        type_ = self.shapes.types.get(name)
        spec = spec_of(type_, self._storage(name)) if type_ is not None else None
        if spec is None:
            where = f", which {_operator(node)} puts out" if node is not None else ""
            raise MeasureError(
                f"{called(self.name)} has a tensor whose sizes are not known: {name!r}{where}",
                "a size that depends on data, or an operator that onnx does not know",
            )
        return spec

    def weights(self) -> list[Weight]:
        """What the graph holds and its nodes read."""
        tensors = {each.name: each for each in self.model.graph.initializer}
        return [self._weight(name) for name in tensors if name in self.owners]

    def _weight(self, name: str) -> Weight:
        spec, owner = self.spec(name), self.owners[name]
        floats = spec.dtype.startswith(("float", "bfloat"))
        kind: WeightKind = "parameter" if spec.shape and (floats or spec.dtype in ("int8", "uint8")) else "buffer"
        if owner and name.startswith(f"{owner}."):
            return Weight(owner, name[len(owner) + 1 :], kind, spec)
        return Weight("", name, kind, spec)

    def _schema(self, node: onnx.NodeProto) -> onnx.defs.OpSchema | None:
        domain = "" if node.domain in _OWN_DOMAINS else node.domain
        versions = {
            "" if each.domain in _OWN_DOMAINS else each.domain: each.version for each in self.model.opset_import
        }
        try:
            return onnx.defs.get_schema(node.op_type, versions.get(domain, 1), domain)
        except onnx.defs.SchemaError:
            return None

    def _share(self, node: onnx.NodeProto) -> None:
        """What only looks at its input otherwise lies in the input's storage."""
        if _operator(node) in VIEWS.operators and node.input and node.output:
            self.storages[node.output[0]] = self._storage(node.input[0])

    def _storage(self, name: str) -> int:
        return self.storages.setdefault(name, len(self.storages))

    def _inputs(self, node: onnx.NodeProto, schema: onnx.defs.OpSchema | None) -> dict[str, object]:
        specs = [self.spec(name) if name else None for name in node.input]
        formal = list(schema.inputs) if schema is not None else []
        if formal and formal[-1].option == onnx.defs.OpSchema.FormalParameterOption.Variadic:
            fixed = len(formal) - 1
            last = tuple(spec for spec in specs[fixed:] if spec is not None)
            return {**dict(zip((each.name for each in formal), specs[:fixed], strict=False)), formal[-1].name: last}
        names = [formal[at].name if at < len(formal) else str(at) for at in range(len(specs))]
        return dict(zip(names, specs, strict=True))


def _operator(node: onnx.NodeProto) -> str:
    """``"onnx::Conv"``; of another domain ``"com_microsoft::FusedConv"``."""
    domain = "onnx" if node.domain in _OWN_DOMAINS else node.domain.replace(".", "_")
    return f"{domain}::{node.op_type}"


def _attributes(node: onnx.NodeProto, schema: onnx.defs.OpSchema | None) -> dict[str, object]:
    """Numbers, texts and lists of numbers by their names, defaults filled in."""
    given = list(node.attribute)
    if schema is not None:
        named = {each.name for each in given}
        defaults = (each.default_value for name, each in schema.attributes.items() if name not in named)
        given += [each for each in defaults if each.type != onnx.AttributeProto.UNDEFINED]
    return {each.name: _plain(each) for each in given}


def _plain(attribute: onnx.AttributeProto) -> object:
    kinds = onnx.AttributeProto
    if attribute.type == kinds.STRING:
        return attribute.s.decode("utf-8", "replace")
    if attribute.type in (kinds.INTS, kinds.FLOATS):
        return tuple(attribute.ints if attribute.type == kinds.INTS else attribute.floats)
    if attribute.type in (kinds.INT, kinds.FLOAT):
        return attribute.i if attribute.type == kinds.INT else attribute.f
    return None


def _tree(calls: Iterable[OperatorCall], weights: Iterable[Weight]) -> Iterator[ModuleNode]:
    """Every module that a node or a weight tells of, and those around it, in the order of the nodes."""
    params: dict[str, int] = {}
    for weight in weights:
        counted = weight.spec.numel if weight.kind == "parameter" else 0
        params[weight.module] = params.get(weight.module, 0) + counted
    paths = {"": None}
    for path in (*(call.module for call in calls), *params):
        parts = path.split(".") if path else []
        paths.update({".".join(parts[: at + 1]): None for at in range(len(parts))})
    for path in paths:
        yield ModuleNode(path, 1, params.get(path, 0))
