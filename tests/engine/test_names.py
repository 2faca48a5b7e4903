"""Dotted names lead to functions and back."""

import os.path

import pytest

from core.engine.errors import UnknownFunction
from core.engine.names import dotted, find
from tests.engine import functions


@pytest.mark.parametrize("function", [functions.echo, functions.Step, functions.Step.__init__, os.path.join])
def test_there_and_back(function):
    if function is functions.Step.__init__:
        assert find("tests.engine.functions:Step.__init__") is function
    else:
        assert find(dotted(function)) is function


def test_a_function_is_named_by_module_and_path():
    assert dotted(functions.echo) == "tests.engine.functions:echo"
    assert dotted("any.module:function") == "any.module:function"


@pytest.mark.parametrize(
    "name", ["", "echo", "module:", ":echo", "a b:c", "a:b c", "a..b:c", "os:system('x')"]
)
def test_a_malformed_name_is_refused_with_itself(name):
    with pytest.raises(UnknownFunction, match="is not the name of a function"):
        dotted(name)


def test_a_function_that_another_process_cannot_import_is_refused():
    def local():
        """Not importable."""

    for function in (lambda: None, local):
        with pytest.raises(UnknownFunction, match="top of an importable module"):
            dotted(function)
    main = type("Main", (), {"__module__": "__main__"})
    with pytest.raises(UnknownFunction, match="top of an importable module"):
        dotted(main)


@pytest.mark.parametrize("name", ["tests.engine.functions:nothing", "tests.engine.functions:F.x", "math:pi"])
def test_a_module_without_the_function_says_so(name):
    with pytest.raises(UnknownFunction, match="has no function"):
        find(name)


def test_a_missing_module_says_so():
    with pytest.raises(ModuleNotFoundError):
        find("tests.engine.no_such_module:f")
