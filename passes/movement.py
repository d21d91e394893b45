"""Data movement between casts: OCP values that only come from and go to FNUZ become FNUZ."""

from typing import Any

from fnuz.bindings import of
from fnuz.bindings.handles import address
from fnuz.dialect import ops
from fnuz.dialect.formats import FNUZ_OF
from fnuz.passes import rules
from fnuz.passes.casts import inf_policy
from fnuz.passes.registry import CONVERT_FP8
from fnuz.passes.types import TypeMap

assert rules, "importing it has registered the rules that say which ops move values"


def retype(module: Any) -> None:
    """Retype data movement from fnuz.to_ocp, or constants, to fnuz.from_ocp, all over a module.

    Those from_ocp are removed, and the constants cast before they are moved.
    """
    bindings = of(module)
    ir = bindings.ir
    found: list[tuple[int, Any]] = []

    def collect(op: Any, rewriter: Any) -> bool:
        found.append((address(op.operation), op.operation))
        return True  # MLIR: not a match

    with module.context, module.location:
        # A pattern, for it is called for these ops only: Python sees no other.
        patterns = bindings.rewrite.RewritePatternSet()
        patterns.add(ops.FROM_OCP, collect)
        bindings.rewrite.walk_and_apply_patterns(module, patterns.freeze())
        pairs = {ocp.mlir_name: fnuz.mlir_name for ocp, fnuz in FNUZ_OF.items()}
        types = TypeMap(bindings, module.context, pairs)
        seen: set[int] = set()
        erased: set[int] = set()
        for key, cast in found:
            if key not in erased:
                web = _Web(ir, types, seen)
                if web.grow_from(cast):
                    erased |= web.sinks.keys()
                    web.retype()


class _Web:
    """The values that must be of one kind, OCP or FNUZ, and the ops between which they move."""

    def __init__(self, ir: Any, types: TypeMap, seen: set[int]) -> None:
        self._ir = ir
        self._types = types
        self._seen = seen
        """The ops that this or an earlier web has come to."""
        self.values: set[Any] = set()
        self.movement: dict[int, Any] = {}
        self.sinks: dict[int, Any] = {}

    def grow_from(self, cast: Any) -> bool:
        """Follow all that is tied to the operand of a from_ocp. Whether all of it can be FNUZ."""
        first = cast.operands[0]
        if self._is_source(first) or address(self._maker(first)) in self._seen:
            return False
        todo = [first]
        while todo:
            value = todo.pop()
            if value in self.values or self._is_source(value):
                continue
            self.values.add(value)
            near = [self._maker(value)]
            for use in value.uses:
                user = use.owner.operation
                if user.name != ops.FROM_OCP:
                    near.append(user)
                elif inf_policy(user) != inf_policy(cast):
                    return False
                else:
                    self.sinks[address(user)] = user
            for op in near:
                if not self._add(op, todo):
                    return False
        return True

    def _is_source(self, value: Any) -> bool:
        """Whether a value is an OCP one that is FNUZ as well: cast from it, or a constant.

        Not one that a cast with a policy may have changed.
        """
        maker = self._maker(value)
        if maker.name == ops.TO_OCP:
            return "overflow" not in maker.attributes
        return bool(maker.name == "arith.constant")

    def _maker(self, value: Any) -> Any:
        """The op that a value comes from: a block argument from the op around the block."""
        owner = value.owner
        return (owner.owner if isinstance(value, self._ir.BlockArgument) else owner).operation

    def _add(self, op: Any, todo: list[Any]) -> bool:
        """Tie all values of an op together, and what its regions yield. Whether it moves them."""
        key = address(op)
        if key in self.movement:
            return True
        self._seen.add(key)
        self.movement[key] = op
        rule = CONVERT_FP8.by_op.get(op.name)
        # The body of a generic tells. What a symbol stands for is not seen from here.
        moves = op.name == "linalg.generic" or (rule is not None and rule.moves_bits)
        if not moves or op.name.startswith("ml_program."):
            return False
        blocks = [block for region in op.regions for block in region.blocks]
        values = [*op.operands, *op.results, *(a for block in blocks for a in block.arguments)]
        for value in values:
            type = value.type
            if self._types(type) is not None:
                # A buffer may have other names, and what has no rank cannot be cast.
                if type not in self._types.elements and not isinstance(
                    type, (self._ir.RankedTensorType, self._ir.VectorType)
                ):
                    return False
                todo.append(value)
        bodies = [list(block.operations) for block in blocks]
        near = [body[-1].operation for body in bodies if body]
        if op.has_trait(self._ir.IsTerminatorTrait):
            near.append(op.parent)
        return all(self._add(other, todo) for other in near)

    def retype(self) -> None:
        """Make the values FNUZ and remove the from_ocp of them."""
        cast = next(iter(self.sinks.values()))
        policy = {"inf": cast.attributes["inf"]} if "inf" in cast.attributes else {}
        fnuz: dict[Any, Any] = {}
        for op in self.movement.values():
            for i, value in enumerate(op.operands):
                type = self._types(value.type)
                if type is not None and value not in self.values:
                    if value not in fnuz:
                        fnuz[value] = self._as_fnuz(value.owner.operation, type, policy)
                    op.operands[i] = fnuz[value]
        for value in fnuz:
            if not any(True for _ in value.uses):
                value.owner.operation.erase()
        for value in self.values:
            value.set_type(self._types(value.type))
        for sink in self.sinks.values():
            sink.results[0].replace_all_uses_with(sink.operands[0])
            sink.erase()

    def _as_fnuz(self, source: Any, type: Any, policy: dict[str, Any]) -> Any:
        if source.name == ops.TO_OCP:
            return source.operands[0]
        ir = self._ir
        return ir.Operation.create(
            ops.FROM_OCP,
            [type],
            [source.results[0]],
            policy,
            loc=source.location,
            ip=ir.InsertionPoint.after(source),
        ).results[0]
