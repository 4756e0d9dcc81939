"""Versions of installed packages."""

import importlib
import re
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import SimpleITK as sitk
import xgboost

from NACResponseLib.features.weight_file import LEAST_TORCH
from NACResponseLib.packages import import_without, package_version

ROOT = Path(__file__).parents[2]
SAFE = {
    "torch": "2.10.0",  # CVE-2025-32434, CVE-2026-24747: code from a weights file
    "pyarrow": "14.0.1",  # CVE-2023-47248: code from a Parquet or Arrow file
    "distributed": "2026.1.1",  # CVE-2026-23528: code from a page of the dashboard
    "Pillow": "10.3.0",  # CVE-2024-28219: a buffer overflow
    "Jinja2": "3.1.6",  # CVE-2025-27516: out of the sandbox
    "cryptography": "44.0.1",  # CVE-2024-12797: its OpenSSL
}
"""The first versions without a known flaw by which a file of others harms whoever opens it."""


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in f"{version}.0.0".split(".")[:3])


@pytest.mark.parametrize("name", SAFE)
def test_no_version_with_a_known_flaw_can_be_installed(name):
    files = (ROOT / "pyproject.toml", ROOT / "NACResponse" / "Resources" / "requirements.txt")
    floors = [
        floor
        for file in files
        for floor in re.findall(rf'^[ "]*{name}>=([\d.]+)|"{name}>=([\d.]+)', file.read_text(), re.M)
    ]
    assert floors
    for floor in floors:
        assert numbers("".join(floor)) >= numbers(SAFE[name])


def test_an_installed_torch_that_is_older_reads_no_weights(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    from NACResponseLib.errors import InputError
    from NACResponseLib.features.weight_file import read_tensors

    assert (*LEAST_TORCH, 0) == numbers(SAFE["torch"])
    torch.save({"a": torch.zeros(1)}, tmp_path / "weights.pth")
    assert read_tensors(tmp_path / "weights.pth").keys() == {"a"}
    monkeypatch.setattr(torch, "__version__", "2.9.1+cpu")
    with pytest.raises(InputError, match=r"torch 2\.10"):
        read_tensors(tmp_path / "weights.pth")


def test_a_package_has_its_version_whatever_its_module_was_installed_as():
    assert package_version("xgboost") == xgboost.__version__
    assert package_version("SimpleITK") == sitk.Version.VersionString()
    assert package_version("pyradiomics").startswith("3.")


BOTH = {"xgboost": "8.0", "xgboost-cpu": "9.1"}


@pytest.mark.parametrize("names", [{"xgboost": "9.1"}, {"xgboost-cpu": "9.1"}, BOTH])
def test_either_name_will_do(names, monkeypatch):
    def version(name):
        if name not in names:
            raise PackageNotFoundError(name)
        return names[name]

    monkeypatch.setattr("NACResponseLib.packages.version", version)
    assert package_version("xgboost") == "9.1"
    with pytest.raises(PackageNotFoundError):
        package_version("pyradiomics")


def test_a_module_is_imported_as_if_what_it_can_do_without_were_not_installed(tmp_path, monkeypatch):
    (tmp_path / "optional_package.py").write_text("")
    (tmp_path / "user_of_it.py").write_text(
        "try:\n    import optional_package\nexcept ImportError:\n    optional_package = None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import_without("user_of_it", "optional_package")
    assert sys.modules.pop("user_of_it").optional_package is None
    assert importlib.import_module("optional_package")
