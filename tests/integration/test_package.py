"""The Debian package: built, unpacked, and what it would install. In the lane `image`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.image import ROOT, run, version

pytestmark = pytest.mark.slow
FOLDER = ROOT / "build" / "package"


@pytest.fixture(scope="module")
def package() -> Path:
    shutil.rmtree(FOLDER / "package", ignore_errors=True)
    run(
        "cmake",
        "--preset",
        "release",
        "-B",
        str(FOLDER),
        "-D",
        "CMAKE_INSTALL_PREFIX=/usr",
        "-D",
        "BUILD_TESTING=OFF",
    )
    run("cmake", "--build", str(FOLDER), "--target", "package")
    (made,) = (FOLDER / "package").glob("*.deb")
    print(f"\npackage: {made.name}, {made.stat().st_size / 1e3:.0f} kB")
    return made


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    run("dpkg-deb", "-x", str(package), str(folder))
    return folder


def test_it_says_what_it_is_and_needs(package: Path) -> None:
    assert re.fullmatch(rf"penstock_{version()}_\w+\.deb", package.name)
    fields = dict(
        line.split(": ", 1)
        for line in run("dpkg-deb", "-f", str(package)).splitlines()
        if re.match(r"[A-Z]", line)
    )
    assert fields["Package"] == "penstock" and fields["Version"] == version()
    needed = {entry.split()[0] for entry in fields["Depends"].split(", ")}
    assert {
        "ca-certificates",
        "libc6",
        "libcurl4",
        "libcjson1",
        "libsqlite3-0",
        "libssl3",
        "zlib1g",
    } <= needed


def test_what_it_installs_works(unpacked: Path) -> None:
    binary = unpacked / "usr/bin/penstock"
    assert run(str(binary), "version").split()[1] == version()
    assert ".debug_info" not in run("readelf", "-SW", str(binary))
    assert (unpacked / "usr/share/man/man1/penstock.1").is_file()
    for path in unpacked.rglob("*"):
        assert not path.stat().st_mode & 0o022 and path.stat().st_uid == os.geteuid(), path


def verify(unit: Path, text: str) -> list[str]:
    """What systemd says of it."""
    unit.write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if unit.name in line]


def test_its_unit_starts_it_and_leaves_it_time_to_stop(unpacked: Path) -> None:
    text = (unpacked / "usr/lib/systemd/system/penstock.service").read_text()
    assert "ExecStart=/usr/bin/penstock run\n" in text and "@CMAKE" not in text
    settings = run(str(unpacked / "usr/bin/penstock"), "run", "--help")
    (limit,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    default = re.search(r"--stop-timeout TIME.*?\[(\d+)s\]", settings, re.DOTALL)
    assert default and int(default[1]) + 5 <= int(limit)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_unit(unpacked: Path, tmp_path: Path) -> None:
    text = (unpacked / "usr/lib/systemd/system/penstock.service").read_text()
    text = text.replace("/usr/bin/penstock", str(unpacked / "usr/bin/penstock"))
    assert verify(tmp_path / "penstock.service", text) == []
    assert verify(tmp_path / "penstock-bad.service", text.replace("ProtectHome=", "ProtectHomes=")) != []
