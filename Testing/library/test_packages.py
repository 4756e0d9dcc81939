"""Versions of installed packages."""

import importlib
import sys
from importlib.metadata import PackageNotFoundError

import pytest
import SimpleITK as sitk
import xgboost

from NACResponseLib.packages import import_without, package_version


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
