"""Installs packages into the environment whose Python runs this: a line a step, and a bar while files are fetched.

    packages.py demo               this project, as it stands in its folder, with what the demo needs
    packages.py project EXTRA...   this project with all it needs, and extras of pyproject.toml
    packages.py torch              torch for deep features, with what the extra ``deep`` asks for beside it

What pip says goes to ``install.log`` in the environment, and is shown where pip fails. ``TORCH_INDEX`` is the address
of an index to take torch from; all else still comes from pip's own.
"""

import importlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LOG = Path(sys.prefix) / "install.log"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
MIN_PIP = (24, 1)  # the first that tells another program how far it is
TWINS = {"xgboost": "xgboost-cpu", "pyradiomics": "pyradiomics-bhklab"}
"""Packages that bring the same modules under two names: the left one makes room for the right one."""
COHORTS = {"pyarrow", "openpyxl", "imbalanced-learn", "matplotlib", "neuroCombat"}  # not the demo
SELDOM = r"/(tests?|torch|sympy|networkx|mypy|pip)/"  # large, and imported by few processes or none
MEGABYTE = 1e6


def main(what: str, *extras: str) -> None:
    if tuple(int(part) for part in importlib.metadata.version("pip").split(".")[:2]) < MIN_PIP:
        subprocess.run([*PIP, "install", "-q", "pip>={}.{}".format(*MIN_PIP)], check=True)
    if what == "torch":
        install_torch()
    elif what == "demo":
        run("NACResponse", ["--no-deps", "-e", "."])
        run("packages for the demo", [line for line in requirements() if re.split("[>=;]", line)[0] not in COHORTS])
    else:
        make_room()
        run(f"packages {' and '.join(extras)}".strip(), ["-e", f".[{','.join(extras)}]" if extras else "."])
        compile_modules()


def version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def make_room() -> None:
    """Removes what an earlier version of this project installed and another package now stands for."""
    old = [name for name, new in TWINS.items() if version(name) and not version(new)]
    if old and sys.platform == "linux":
        subprocess.run([*PIP, "uninstall", "-q", "-y", *old], check=True)


def run(what: str, words: list[str]) -> None:
    """``pip install`` with a bar instead of its own words; ends the program where it fails."""
    began, fetched, said = time.monotonic(), 0.0, [f"pip install {' '.join(words)}\n"]
    show(f"install: {what} ...")
    command = [*PIP, "install", "--no-compile", "--progress-bar", "raw", *words]
    name = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            if progress := re.match(r"Progress (\d+) of (\d+)", line):
                done, whole = (int(part) / MEGABYTE for part in progress.groups())
                fetched += whole if done == whole else 0
                show(bar(done, whole, name))
                continue
            said.append(line)
            if found := re.match(r"\s*Downloading (?:\S*/)?(\w+)-\d", line):
                name = found.group(1)
            elif found := re.match(r"\s*Building wheel for (\S+)", line):
                show(f"install: building {found.group(1)}")
            elif line.startswith("Installing collected packages"):
                show("install: unpacking ...")
    with LOG.open("a", encoding="utf-8") as log:
        log.writelines(said)
    show("")
    if pip.returncode:
        sys.stderr.writelines(said[-40:])
        sys.exit(f"install: pip failed at: {what}. Above is the end of what it said; all of it is in {LOG}")
    print(f"install: {what}: {fetched:.0f} MB fetched, {time.monotonic() - began:.0f} s", flush=True)


def compile_modules() -> None:
    """Byte code, once: where processes may not write it, each would compile the same modules for seconds again."""
    show("install: compiling ...")
    command = [sys.executable, "-m", "compileall", "-q", "-j", "0", "-x", SELDOM, sysconfig.get_path("purelib")]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # packages carry odd files
    show("")


def show(text: str) -> None:
    """Writes over a terminal's last line; elsewhere nothing."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text}")
        sys.stdout.flush()


def bar(done: float, whole: float, name: str) -> str:
    full = round(24 * done / whole) if whole else 24
    return f"install: [{'#' * full}{'.' * (24 - full)}] {done:5.0f} of {whole:.0f} MB  {name}"


def install_torch() -> None:
    """Torch as small as it can be had: from the named index, from a wheel on the disk, else from pip's own index."""
    needed = requirements("deep")
    torch = next(line for line in needed if line.startswith("torch"))
    index = os.environ.get("TORCH_INDEX")
    if version("torch") is None:
        if index:
            run("torch from TORCH_INDEX", ["--no-deps", "--index-url", index, torch])
        elif is_on_disk(torch):
            run("torch from the disk", ["--no-deps", "--no-index", torch])
        else:
            announce(needed)
    run("packages for deep features", needed)


def requirements(extra: str = "") -> list[str]:
    """The lines of the installed project, or of one of its extras."""
    importlib.invalidate_caches()
    lines = importlib.metadata.requires("nacresponse") or []
    if not extra:
        return [line for line in lines if "extra ==" not in line]
    return [line.partition(";")[0] for line in lines if line.endswith(f"extra == '{extra}'")]


def is_on_disk(requirement: str) -> bool:
    """Whether a folder that pip is set up to look in (``find-links``) has a wheel that fits."""
    return quiet(["--no-deps", "--no-index", "--dry-run", requirement])


def quiet(words: list[str]) -> bool:
    """Whether ``pip install`` with these words succeeds."""
    command = [*PIP, "install", "-q", *words]
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def announce(needed: list[str]) -> None:
    """Says what is about to be fetched, before it is."""
    show("install: looking up how large torch is ...")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        found = quiet(["--dry-run", "--use-feature=fast-deps", "--report", str(report), *needed])
        planned = json.loads(report.read_text(encoding="utf-8"))["install"] if found else []
    with ThreadPoolExecutor(8) as pool:
        total = sum(pool.map(size, [one["download_info"]["url"] for one in planned])) / MEGABYTE
    versions = {one["metadata"]["name"]: one["metadata"]["version"] for one in planned}
    cuda = any(name.startswith("nvidia-") for name in versions)
    show("")
    if found:
        build = f"{versions['torch']}, a build for CUDA" if cuda else versions["torch"]
        print(f"install: torch {build}: {len(planned)} packages, {total:.0f} MB to fetch")
    else:
        print("install: torch: how much is to be fetched could not be found out")
    if cuda or not found:
        print(
            "install: less with TORCH_INDEX, the address of an index of CPU builds; nothing with TORCH=no", flush=True
        )


def size(url: str) -> int:
    """Bytes of a file on a server; 0 where it does not say."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=20) as answer:
            return int(answer.headers.get("Content-Length") or 0)
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
