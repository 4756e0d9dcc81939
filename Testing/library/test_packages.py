"""Versions of installed packages."""

from importlib.metadata import PackageNotFoundError

import pytest
import SimpleITK as sitk
import xgboost

from NACResponseLib.packages import package_version


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
