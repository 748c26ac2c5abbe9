"""The command line as a person meets it: help, version, and errors that name the thing and the remedy."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.command_line import BINARY, environment, run

RUN = ("run", "--table", "orders", "--firehose", "lake")


def error_of(done: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line of an error; nothing else may be said anywhere."""
    assert done.returncode == code, done
    assert done.stdout == ""
    assert done.stderr.startswith("penstock: error: ") and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.core
@pytest.mark.parametrize("words", [("version",), ("--version",), ("-V",)])
def test_version(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"penstock \d+\.\d+\.\d+\n", done.stdout)


def test_version_as_json_names_the_libraries() -> None:
    version = json.loads(run("version", "--json").stdout)
    assert re.fullmatch(r"\d+\.\d+\.\d+", version["version"])
    assert version["compiler"]
    for library in ("libcurl", "openssl", "sqlite", "cjson", "zlib"):
        assert re.search(r"\d+\.\d+", version["libraries"][library]), library


@pytest.mark.parametrize("words", [("help",), ("--help",), ("-h",)])
def test_help_lists_commands_and_exit_codes(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "run [settings]" in done.stdout and "version [--json]" in done.stdout
    assert "Exit codes:" in done.stdout


@pytest.mark.parametrize("words", [("help", "run"), ("run", "--help"), ("run", "--nonsense", "-h")])
def test_help_of_run_lists_every_setting(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert (done.returncode, done.stderr) == (0, "")
    flags = re.findall(r"^  --([a-z-]+)", done.stdout, re.MULTILINE)
    assert {"table", "stream-arn", "firehose", "file", "app", "stop-timeout", "old-image"} <= set(flags)
    assert max(map(len, done.stdout.splitlines())) <= 100
    table = run("help", "settings", "-o", "markdown").stdout
    assert re.findall(r"^\| `--([a-z-]+)", table, re.MULTILINE) == flags


def test_nothing_to_do_is_wrong_usage() -> None:
    done = run()
    assert done.returncode == 2 and done.stdout == "" and "Commands:" in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("rnu",), "unknown command 'rnu'; did you mean 'run'?"),
        (("backfill",), "unknown command 'backfill' ("),
        (("help", "setings"), "no help on 'setings'; did you mean 'settings'?"),
        (("help", "settings", "-o", "man"), "this help cannot be printed as 'man'"),
        (("help", "-o", "yaml"), "--output: 'yaml' is not allowed; give text, man, markdown or topics"),
        (("help", "leases", "exprot"), "no help on 'exprot'; did you mean 'export'?"),
        (("leases", "exprot"), "unknown command 'exprot'; did you mean 'export'?"),
        (("leases", "export"), "which leases? give --app NAME"),
        (("leases", "export", "--tabel", "x"), "unknown option --tabel; did you mean --table?"),
        (("leases", "export", "--app", "a\nb"), "--app: 'a?b' is not allowed"),
        (("leases", "export", "\x1b[31m"), "unexpected argument '?[31m'"),
        (("completion",), "SHELL is missing"),
        (("completion", "tcsh"), "'tcsh' cannot be a SHELL"),
        (("version", "--yaml"), "unknown option --yaml"),
        (("run",), "nothing to read: give --table NAME or --stream-arn ARN"),
        (
            ("run", "--table", "orders"),
            "nowhere to write: give --firehose NAME, --kinesis NAME, --file DIR or --stdout",
        ),
        ((*RUN, "--file", "/x"), "both --firehose and --file are set"),
        ((*RUN, "--kinesis", "orders"), "both --firehose and --kinesis are set"),
        ((*RUN, "--stdout"), "both --firehose and --stdout are set"),
        (("run", "--table", "orders", "--stdout", "--emf", "stdout"), "would mix lines and metrics"),
        ((*RUN, "--stop-timout", "5s"), "unknown setting --stop-timout; did you mean --stop-timeout?"),
        ((*RUN, "--kinesisx", "x"), "unknown setting --kinesisx"),
        ((*RUN, "--admni", "off"), "unknown setting --admni; did you mean --admin?"),
        ((*RUN, "--failover", "1s"), "--failover: '1s' is not allowed; give a time from 2s to 10m"),
        ((*RUN, "--buffer-bytes=1"), "--buffer-bytes: '1' is not allowed; give a size from 8MiB"),
        (
            (*RUN, "--config", "/nonexistent/x.json"),
            "cannot open the file of --config, '/nonexistent/x.json'",
        ),
    ],
)
def test_wrong_usage(words: tuple[str, ...], expected: str) -> None:
    assert expected in error_of(run(*words), 2)


@pytest.mark.core
def test_wrong_variables_and_files(tmp_path: Path) -> None:
    env = environment(PENSTOCK_TABEL="orders")
    assert "unknown variable PENSTOCK_TABEL; did you mean PENSTOCK_TABLE?" in error_of(run("run", env=env), 2)
    config = tmp_path / "penstock.json"
    config.write_text('{"table":"orders","firehose":"lake","poll":"fast"}')
    assert "'poll' in " in error_of(run("run", "--config", str(config)), 2)
    config.write_text('{"tabel":"orders"}')
    assert "did you mean 'table'?" in error_of(run("run", "--config", str(config)), 2)


def test_output_that_cannot_be_written_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([BINARY, "help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "penstock: error: cannot write to standard output\n"


TOPICS = run("help", "-o", "topics").stdout.splitlines()


@pytest.mark.parametrize("topic", TOPICS)
def test_every_command_tells_all_that_it_takes(topic: str) -> None:
    words = topic.split()
    done = run(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("help", *words).stdout
    assert done.stdout.startswith(f"penstock {topic}") and "Exit codes:" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    page = run("help", *words, "-o", "man").stdout
    for option in re.findall(r"^  (?:-\w, )?--([a-z-]+)", done.stdout, re.MULTILINE):
        assert option.replace("-", "\\-") in page, option
    assert words[0] != "leases" or len(words) == 1 or ".SH RIGHTS" in page


def test_a_group_alone_lists_its_commands() -> None:
    done = run("leases")
    assert done.returncode == 2 and done.stdout == ""
    assert all(topic.split()[1] in done.stderr for topic in TOPICS if topic.startswith("leases "))
