"""The rules that a look at the tree's text can check. A rule takes all files and gives "path:line: words"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tests.lint.tree import ROOMS, File, code_only, line_of

MAY_INCLUDE = {
    "base": {"base"},
    "aws": {"aws", "base"},
    "lease": {"lease", "aws", "base"},
    "sink": {"sink", "aws", "base"},
    "shard": {"shard", "sink", "aws", "base"},
    "worker": set(ROOMS),
}
ONE_MODULE_EACH = {
    "libcurl": r"<curl/",
    "libcrypto": r"<openssl/",
    "SQLite": r"<sqlite3\.h>",
    "libmicrohttpd": r"<microhttpd\.h>",
}
LONGEST_FILE = 400
LONGEST_TEST = 700  # tables of cases

Rule = Callable[[list[File]], list[str]]


def _found(file: File, text: str, pattern: str, words: str) -> Iterable[str]:
    for match in re.finditer(pattern, text, re.MULTILINE):
        yield f"{file.path}:{line_of(text, match.start())}: {words.format(match.group(1))}"


def rooms_include_only_what_they_stand_on(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if not file.in_room:
            continue
        text = code_only(file.text, keep_strings=True)
        for match in re.finditer(r'^[ \t]*#\s*include\s+"([^"]+)"', text, re.MULTILINE):
            place = f"{file.path}:{line_of(text, match.start())}"
            target = match.group(1).split("/")[0]
            if "/" not in match.group(1) or ".." in match.group(1):
                findings.append(
                    f'{place}: write the path from the root: #include "{file.room}/{match.group(1)}"'
                )
            elif target not in MAY_INCLUDE[file.room]:
                findings.append(f"{place}: {file.room} may not include {match.group(1)}")
    return findings


def each_library_is_included_by_one_module(files: list[File]) -> list[str]:
    """A file, its header, and parts of it whose names begin with its own."""
    findings = []
    for library, pattern in ONE_MODULE_EACH.items():
        users = sorted(
            file.path
            for file in files
            if file.in_room
            and re.search(r"^[ \t]*#\s*include\s+" + pattern, code_only(file.text), re.MULTILINE)
        )
        for user in users:
            if not re.match(re.escape(users[0].removesuffix(".c")) + r"(_\w+)?\.[ch]$", user):
                findings.append(f"{user}:1: {library} is included by {users[0]} already: " + ", ".join(users))
    return findings


def _guard_of(file: File) -> str:
    """The whole path in the rooms; elsewhere the file's name and any words before it."""
    if not file.in_room:
        ending = re.sub(r"[^A-Z0-9]", "_", file.path.rpartition("/")[2].upper())
        if match := re.search(rf"^#ifndef (PENSTOCK_(?:\w*_)?{ending})$", file.text, re.MULTILINE):
            return match.group(1)
    return "PENSTOCK_" + re.sub(r"[^A-Z0-9]", "_", file.path.upper())


def headers_are_guarded(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if not file.path.endswith(".h"):
            continue
        name = _guard_of(file)
        lines = [line for line in code_only(file.text).splitlines() if line.strip()]
        if lines[:2] != [f"#ifndef {name}", f"#define {name}"] or lines[-1] != "#endif":
            findings.append(f"{file.path}:1: the guard is not {name}")
    return findings


def headers_say_what_they_are_for(files: list[File]) -> list[str]:
    return [
        f"{file.path}:1: no comment at the head says what this is for"
        for file in files
        if file.path.endswith(".h") and not file.text.startswith("/*")
    ]


def statuses_must_be_used(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if not file.path.endswith(".h") or file.path.startswith("tests/unit/"):
            continue
        text = code_only(file.text)
        for match in re.finditer(r"(?:[\w ]*\n?)struct\s+status\s+(\w+|\(\*\w+\))\s*\([^;{]*[;{]", text):
            statement = match.group()
            if "MUST_USE" not in statement and "typedef" not in statement:
                line = line_of(text, match.start(1))
                findings.append(f"{file.path}:{line}: {match.group(1)} returns a status and is not MUST_USE")
    return findings


BANNED = "strcpy strcat sprintf vsprintf gets strtok alloca system atoi atol atoll atof tmpnam mktemp".split()


def no_banned_call(files: list[File]) -> list[str]:
    pattern = r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\("
    findings = []
    for file in files:
        if file.is_c:
            findings += _found(file, code_only(file.text), pattern, "{0} is banned")
    return findings


def no_file_is_too_long(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if file.is_c or file.path.endswith(".py"):
            limit = LONGEST_TEST if file.path.startswith("tests/unit/") else LONGEST_FILE
            length = file.text.count("\n")
            if length > limit:
                findings.append(f"{file.path}:{limit}: {length} lines; {limit} are the limit")
    return findings


def no_typedef_of_structs(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if file.is_c:
            findings += _found(
                file, code_only(file.text), r"\btypedef\s+(struct|union|enum)\b", "a typedef of a {0}"
            )
    return findings


# Folders that exist on somebody's machine only; a test may have a home of its own invention.
_OURS = r"(?<![\w.~$}\-])(/work/|/tmp/(?:wt|plan)\b)"
_HOMES = r"(?<![\w.~$}\-])(/(?:home|root|Users)/)"


def no_path_of_a_machine(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if not file.path.startswith("tests/lint/"):
            findings += _found(file, file.text, _OURS, "{0} is a path of one machine")
        if not file.path.startswith("tests/"):
            findings += _found(file, file.text, _HOMES, "{0} is a path of one machine")
    return findings


def nothing_is_left_for_later(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if not file.path.startswith("tests/lint/"):
            findings += _found(file, file.text, r"\b(TODO|FIXME|XXX|HACK)\b", "{0}: an issue, or done now")
    return findings


_UNDER_TEST = r"((?:\w*_)?TEST(?:S|ING)?(?:_\w*)?)"


def production_never_asks_whether_it_is_under_test(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if file.in_room:
            text = code_only(file.text, keep_strings=True)
            findings += _found(
                file, text, r"^[ \t]*#\s*(?:el)?if.*\b" + _UNDER_TEST + r"\b", "compiled by {0}"
            )
            findings += _found(file, text, r'getenv\(\s*"' + _UNDER_TEST + '"', "runs by {0}")
    return findings


def text_is_tidy(files: list[File]) -> list[str]:
    findings = []
    for file in files:
        if file.path.startswith("tests/vectors/"):
            continue  # bytes as somebody sent them
        findings += _found(file, file.text, r"([ \t]+)$", "blanks at the end of the line")
        findings += _found(file, file.text, r"(\r)", "a carriage return")
        if file.is_c or file.path.endswith((".py", ".sh", ".cmake")):
            findings += _found(file, file.text, r"(\t)", "a tab")
        if file.text and not file.text.endswith("\n"):
            findings.append(f"{file.path}:{line_of(file.text, len(file.text))}: no newline at the end")
    return findings


RULES: list[Rule] = [
    rooms_include_only_what_they_stand_on,
    each_library_is_included_by_one_module,
    headers_are_guarded,
    headers_say_what_they_are_for,
    statuses_must_be_used,
    no_banned_call,
    no_file_is_too_long,
    no_typedef_of_structs,
    no_path_of_a_machine,
    nothing_is_left_for_later,
    production_never_asks_whether_it_is_under_test,
    text_is_tidy,
]
