"""Packages are loaded where the code names them."""

import pytest

from sandbox.runtime.packages import named_in


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        pytest.param("_.get(event, 'a')", ["lodash"], id="lodash"),
        pytest.param("const { get } = _", ["lodash"], id="lodash at the end"),
        pytest.param("const _id = a._ + $_ + snake_case", [], id="underscores in names"),
        pytest.param("moment().tz('UTC')", ["moment-timezone"], id="moment"),
        pytest.param("// in a moment, _ too", ["lodash", "moment-timezone"], id="in a comment, harmlessly"),
        pytest.param("const moments = 1", [], id="another word"),
        pytest.param("new AWS.S3()", ["node-modules", "aws-sdk"], id="with Node's modules"),
    ],
)
def test_a_package_is_loaded_when_its_global_is_named(source: str, packages: list[str]) -> None:
    """Naming the global is enough, wherever that is; a longer name is another name."""
    assert named_in(source) == packages
