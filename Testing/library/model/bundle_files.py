"""Bundles written by hand for tests: of any members, with checksums made right again, and a linear model."""

import hashlib
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from NACResponseLib.config import resources
from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.calibration import Calibration
from NACResponseLib.model.bundle import load_bundle
from NACResponseLib.model.bundle_parts import BundleInput, ImageNeeds
from NACResponseLib.model.linear import Linear, LinearFormula, Term
from NACResponseLib.model.preparation import Preparation

SHIPPED = resources() / "Models" / "ispy-clinical-volume.nacmodel"


def refused(tmp_path, content):
    """The error's text for a file with this content, or for an archive of these members."""
    path = tmp_path / "bad.nacmodel"
    path.write_bytes(content if isinstance(content, bytes) else archive(content))
    with pytest.raises(InputError) as error:
        load_bundle(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def archive(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return file.getvalue()


def rehashed(members, name, change):
    """The members with one JSON changed and the manifest's checksum made right again."""
    data = json.loads(members[name])
    change(data)
    manifest = json.loads(members["manifest.json"])
    changed = {**members, name: json.dumps(data).encode()}
    if name != "manifest.json":
        manifest["sha256"][name] = hashlib.sha256(changed[name]).hexdigest()
        changed["manifest.json"] = json.dumps(manifest).encode()
    return changed


def rehashed_unchanged(members):
    manifest = json.loads(members["manifest.json"])
    manifest["sha256"] = {name: hashlib.sha256(members[name]).hexdigest() for name in manifest["sha256"]}
    return {**members, "manifest.json": json.dumps(manifest).encode()}


NAMES = ("MRI_CET1_Intra_glcm_Contrast", "MRI_T2_Peri_glcm_Contrast", "ER", "age", "tumor_volume_mm3")


def linear_bundle(other):
    """A synthetic linear model in place of another bundle's: a signature of two features, ER, age, and the logarithm
    of the volume. The numbers are round, so that a test can say by hand what follows from them."""
    kinds = ("continuous", "continuous", "binary", "continuous", "continuous")
    inputs = tuple(
        BundleInput(name, name, kind, "", True, 0, 0.5, 900.0, 1.0, 800.0, 0.6 if kind == "binary" else None)
        for name, kind in zip(NAMES, kinds, strict=True)
    )
    formula = LinearFormula(
        NAMES,
        (
            Term("MRI", "MRI signature", 1.5, NAMES[:2], (0.8, -0.4), 0.1, -3.0, 3.0, 0.2),
            Term("ER", "Estrogen receptor", -0.9, ("ER",), (1.0,), 0.0, 0.0, 1.0, 0.6),
            Term("CT", "CT signature, nothing selected", 0.0, (), (), 0.0, 0.0, 0.0, 0.0),
            Term("age", "Age", -0.25, ("age",), (1.0,), 0.0, -2.0, 2.0, 0.0),
            Term("tumor_volume_mm3", "Tumour volume", -0.5, ("tumor_volume_mm3",), (1.0,), 0.0, -3.0, 3.0, 0.0),
        ),
        -0.3,
    )
    preparation = Preparation(
        {},
        center=np.array([10.0, 4.0, 0.0, 50.0, 2.0]),
        scale=np.array([5.0, 2.0, 1.0, 10.0, 0.5]),
        fill=np.array([11.0, 5.0, np.nan, 52.0, 2.5]),
        share=np.array([np.nan, np.nan, 0.6, np.nan, np.nan]),
        log=(4,),
    )
    return replace(
        other,
        card=replace(other.card, name="formula"),
        inputs=inputs,
        images=ImageNeeds("jang2025", "MRI"),
        calibration=Calibration(1.25, 0.125),
        preparation=preparation,
        model=Linear(formula, (0.1, -0.2, 0.6, 0.05, 0.0)),
        sha256="",
    )
