"""The container image, built and unpacked without a daemon: debootstrap makes its base, buildah the rest.

Everything is under build/image; needs root, buildah and debootstrap (tests/support/setup image)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "image"
BASE = "localhost/debian:bookworm-slim"
NAME = "localhost/penstock:test"
REVISION = "0123456789ab"
MIRROR = "http://deb.debian.org/debian"
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
ENVIRONMENT = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
# What debian:bookworm-slim leaves out too.
NOT_SLIM = (
    *("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale"),
    *("var/cache/apt", "var/lib/apt/lists"),
)


def run(*command: str, seconds: float = 600) -> str:
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode != 0:
        words = f"{' '.join(command)}: exit code {done.returncode}"
        raise RuntimeError(f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout.strip()


def buildah(*arguments: str, seconds: float = 600) -> str:
    storage = ["--storage-driver", "vfs", "--root", str(FOLDER / "storage"), "--runroot", str(FOLDER / "run")]
    return run("buildah", *storage, *arguments, seconds=seconds)


def version() -> str:
    found = re.search(r"project\(penstock VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert found
    return found[1]


def _has(image: str) -> bool:
    return image in buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines()


def mirror() -> str:
    """Where this machine gets Debian 12 from; Debian's own place when it is another system."""
    wanted = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(CODENAME) $(COMPONENT)",
        "Created-By: Packages",
    ]
    for line in run(*wanted).splitlines():
        place, codename, component = line.split()
        if (codename, component) == ("bookworm", "main"):
            return place
    return MIRROR


def make_base() -> None:
    """Once for each build folder; the same mirror as this machine's, security updates included."""
    if _has(BASE):
        return
    tree = FOLDER / "base"
    shutil.rmtree(tree, ignore_errors=True)
    run("debootstrap", "--variant=minbase", "bookworm", str(tree), mirror())
    for name in NOT_SLIM:
        shutil.rmtree(tree / name, ignore_errors=True)
        (tree / name).mkdir(parents=True)
    if SOURCES.exists():
        (tree / "etc/apt/sources.list").unlink()
        shutil.copy(SOURCES, tree / "etc/apt/sources.list.d")
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, str(tree), "/")
    buildah("commit", "--quiet", "--rm", container, BASE)
    shutil.rmtree(tree)


def build() -> None:
    arguments = {"BASE": BASE, "VERSION": version(), "REVISION": REVISION}
    words = ["--quiet", "--pull-never", "--format", "docker", "--file", "deploy/container/Dockerfile"]
    for name, value in arguments.items():
        words += ["--build-arg", f"{name}={value}"]
    buildah("build", *words, "--tag", NAME, ".")
    buildah("rmi", "--prune")  # what this name meant before


def configuration() -> dict[str, Any]:
    """As a container runtime sees it: User, Entrypoint, Cmd, Env, Volumes, Labels, Healthcheck, ..."""
    return dict(json.loads(buildah("inspect", "--type", "image", NAME))["Docker"]["config"])


class Unpacked:
    """The image's root file system, as a folder that must not be changed."""

    def __enter__(self) -> Path:
        self.container = buildah("from", "--pull-never", NAME)
        return Path(buildah("mount", self.container))

    def __exit__(self, *ignored: object) -> None:
        buildah("umount", self.container)
        buildah("rm", self.container)


def size_of(tree: Path) -> int:
    """Bytes of all files, each inode once."""
    return int(run("du", "-s", "-B1", "-x", str(tree)).split()[0])
