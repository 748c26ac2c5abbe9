"""Each rule of rules.py on the tree, and on planted violations: what finds nothing anywhere is no rule."""

from __future__ import annotations

import pytest

from tests.lint import rules
from tests.lint.tree import File, read_tree


@pytest.fixture(scope="module")
def tree() -> list[File]:
    return read_tree()


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps(rule: rules.Rule, tree: list[File]) -> None:
    findings = rule(tree)
    assert not findings, "\n" + "\n".join(findings)


def guarded(path: str, body: str) -> File:
    name = "PENSTOCK_" + path.upper().replace("/", "_").replace(".", "_")
    return File(path, f"/* What it is for. */\n#ifndef {name}\n#define {name}\n{body}\n#endif\n")


PLANTED = [
    (rules.rooms_include_only_what_they_stand_on, File("base/x.c", '#include "aws/http.h"\n'), 1),
    (rules.rooms_include_only_what_they_stand_on, File("lease/x.c", '\n#include "shard/shard.h"\n'), 2),
    (rules.rooms_include_only_what_they_stand_on, File("shard/x.h", '#  include "lease/keeper.h"\n'), 1),
    (rules.rooms_include_only_what_they_stand_on, File("sink/x.c", '#include "../worker/x.h"\n'), 1),
    (rules.rooms_include_only_what_they_stand_on, File("sink/x.c", '#include "sink.h"\n'), 1),
    (rules.headers_are_guarded, File("aws/x.h", "/* x */\n#ifndef X_H\n#define X_H\n#endif\n"), 1),
    (rules.headers_are_guarded, File("aws/x.h", "/* x */\n#pragma once\n"), 1),
    (rules.headers_say_what_they_are_for, File("aws/x.h", "#ifndef PENSTOCK_AWS_X_H\n"), 1),
    (rules.statuses_must_be_used, guarded("aws/x.h", "struct status x_do(int a);"), 4),
    (rules.statuses_must_be_used, guarded("aws/x.h", "int a;\nstruct status x_do(int a,\n    int b);"), 5),
    (rules.statuses_must_be_used, guarded("aws/x.h", "struct x {\n    struct status (*get)(int a);\n};"), 5),
    (rules.statuses_must_be_used, guarded("aws/x.h", "static inline struct status x_do(void)\n{\n}"), 4),
    (rules.no_banned_call, File("aws/x.c", "int a;\nvoid f(void) { strcpy (a, b); }\n"), 2),
    (rules.no_banned_call, File("tests/unit/x.c", "int n = atoi(text);\n"), 1),
    (rules.no_file_is_too_long, File("aws/x.c", "int a;\n" * 401), 400),
    (rules.no_typedef_of_structs, File("aws/x.c", "typedef struct x x_t;\n"), 1),
    (rules.no_path_of_a_machine, File("README.md", "see /home/jo/penstock\n"), 1),
    (rules.no_path_of_a_machine, File("tests/x.py", 'open("/work/x")\n'), 1),
    (rules.nothing_is_left_for_later, File("aws/x.c", "/* TODO: later */\n"), 1),
    (rules.production_never_asks_whether_it_is_under_test, File("aws/x.c", "#ifdef TEST\n#endif\n"), 1),
    (
        rules.production_never_asks_whether_it_is_under_test,
        File("aws/x.c", "#if defined(UNIT_TEST)\n#endif\n"),
        1,
    ),
    (
        rules.production_never_asks_whether_it_is_under_test,
        File("aws/x.c", 'x = getenv("PENSTOCK_TEST");\n'),
        1,
    ),
    (rules.text_is_tidy, File("README.md", "a \n"), 1),
    (rules.text_is_tidy, File("README.md", "a\nb"), 2),
    (rules.text_is_tidy, File("aws/x.c", "\tint a;\n"), 1),
    (rules.text_is_tidy, File("aws/x.c", "int a;\r\n"), 1),
]


@pytest.mark.parametrize(("rule", "file", "line"), PLANTED)
def test_a_planted_violation_is_found(rule: rules.Rule, file: File, line: int) -> None:
    findings = rule([file])
    assert findings and findings[0].startswith(f"{file.path}:{line}: "), findings


def test_a_second_module_that_includes_a_library_is_found() -> None:
    one = File("aws/http_curl.c", "#include <curl/curl.h>\n")
    assert not rules.each_library_is_included_by_one_module([one])
    assert rules.each_library_is_included_by_one_module([one, File("sink/x.c", "#include <curl/easy.h>\n")])
    part = File("aws/http_curl_share.h", "#include <curl/curl.h>\n")
    assert not rules.each_library_is_included_by_one_module([part, one])
    assert rules.each_library_is_included_by_one_module(
        [one, File("aws/http_curly.c", "#include <curl/curl.h>\n")]
    )
    assert not rules.each_library_is_included_by_one_module(
        [one, File("tests/bench/x.c", "#include <curl/curl.h>\n")]
    )


INNOCENT = [
    (rules.rooms_include_only_what_they_stand_on, File("worker/x.c", '#include "lease/keeper.h"\n')),
    (rules.statuses_must_be_used, guarded("aws/x.h", "struct status x_do(int a) MUST_USE;")),
    (
        rules.statuses_must_be_used,
        guarded("aws/x.h", "static inline MUST_USE struct status\nx_do(int a)\n{\n}"),
    ),
    (rules.statuses_must_be_used, guarded("aws/x.h", "struct x {\n    struct status status;\n};")),
    (
        rules.no_banned_call,
        File("aws/x.c", '/* strcpy(a, b) */ log("system(x)"); strtok_r(a, b, c); self->system(x);\n'),
    ),
    (rules.no_path_of_a_machine, File("README.md", "https://example.com/home/x and ~/work/ and ./work/\n")),
    (rules.production_never_asks_whether_it_is_under_test, File("aws/x.c", "#ifdef LATEST\n#endif\n")),
]


@pytest.mark.parametrize(("rule", "file"), INNOCENT)
def test_innocent_text_is_left_alone(rule: rules.Rule, file: File) -> None:
    assert not rule([file])
