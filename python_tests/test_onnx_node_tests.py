"""The float8 node tests of the onnx package: every bit, as OCP and after ocp-to-fnuz."""

import onnx_node_tests


def test_every_float8_node_test() -> None:
    tests = onnx_node_tests.float8_tests()
    assert len(tests) == 78
    results = onnx_node_tests.run_all(tests)
    assert len(results) == 78
    assert [problem for problems in results.values() for problem in problems] == []
