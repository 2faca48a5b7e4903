"""README against the code: its settings table, its commands, its lines of Python."""

import re
from pathlib import Path

from core.architectures import catalogue
from core.engine.settings import settings_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_settings_table_is_the_codes() -> None:
    found = re.search(r"<!-- settings: begin -->\n(.*?)\n<!-- settings: end -->", README, re.DOTALL)
    assert found is not None
    assert found[1] == settings_table(), (
        "paste the output of core.engine.settings.settings_table() into README.md"
    )


def test_numbers_of_architectures_are_the_catalogues() -> None:
    own = sum(catalogue.get(name).library == "skipscope" for name in catalogue.names())
    assert f"{len(catalogue.names()) - own:,} of them, and {own} small nets" in README


def test_pictures_and_commands_exist() -> None:
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).is_file(), picture
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"`?make ([a-z]+)`?", README):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_lines_of_python_say_what_they_print() -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    checked = 0
    for line in code[1].splitlines():
        statement, _, printed = line.partition("  # ")
        if re.match(r"^(from|import|\w+ =)", statement):
            exec(statement, names)
        elif statement.strip() and not statement.startswith("#"):
            value = eval(statement, names)
            expected = eval(f"({printed.strip()})", {})
            assert value == expected, line
            checked += 1
    assert checked >= 3
