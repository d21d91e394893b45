"""Walks over ONNX graphs and the graphs in their nodes."""

from collections.abc import Iterator

from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto


def subgraphs(node: NodeProto) -> Iterator[GraphProto]:
    """The graphs in the attributes of a node."""
    for attribute in node.attribute:
        if attribute.type == AttributeProto.GRAPH:
            yield attribute.g


def nodes_of(graph: GraphProto | FunctionProto) -> Iterator[NodeProto]:
    """Every node, those of a subgraph after the node that has it."""
    for node in graph.node:
        yield node
        for subgraph in subgraphs(node):
            yield from nodes_of(subgraph)


def graphs_of(graph: GraphProto) -> Iterator[GraphProto]:
    """The graph and its subgraphs."""
    yield graph
    for node in graph.node:
        for subgraph in subgraphs(node):
            yield from graphs_of(subgraph)


def tensors_of(graph: GraphProto) -> Iterator[TensorProto]:
    """Every tensor of a graph and its subgraphs: initializers, and attributes of nodes."""
    for each in graphs_of(graph):
        yield from each.initializer
        for node in each.node:
            for attribute in node.attribute:
                if attribute.type == AttributeProto.TENSOR:
                    yield attribute.t
