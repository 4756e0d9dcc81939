"""Every reader of files that others made, with small sound files to start from."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from NACResponseLib.config import resources

SHAPE = (6, 10, 12)


@dataclass(frozen=True)
class Reader:
    """A reader.

    Attributes:
        make: writes sound files into a folder and names those to change.
        read: reads the changed one, or the folder that it lies in.
        needs: a package without which it is left out.
    """

    make: Callable[[Path], list[Path]]
    read: Callable[[Path], Any]
    needs: str = "numpy"


def _image() -> sitk.Image:
    values = np.random.default_rng(1).normal(100, 30, SHAPE).astype(np.int16)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.9, 0.9, 2.5))
    image.SetOrigin((-5.0, 3.0, 20.0))
    return image


def _mask() -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[2:4, 3:7, 4:9] = True
    return mask


def _labels() -> sitk.Image:
    made = sitk.GetImageFromArray(_mask().astype(np.uint8))
    made.CopyInformation(_image())
    return made


def _written(image: sitk.Image, folder: Path, *names: str) -> list[Path]:
    for name in names:
        sitk.WriteImage(image, str(folder / name), name.endswith((".gz", ".mha")))
    return [folder / name for name in names]


def _segmented(folder: Path) -> list[Path]:
    labels = _labels()
    for key, word in {"Name": "Tumor_MRI", "ID": "S1", "LabelValue": "1", "Layer": "0"}.items():
        labels.SetMetaData(f"Segment0_{key}", word)
    return _written(labels, folder, "tumor.seg.nrrd")


def _series(folder: Path) -> list[Path]:
    from Testing.library.imaging.hospital.dicom_files import series

    return series(folder / "series", _image())


def _dicom_seg(folder: Path) -> list[Path]:
    from Testing.library.imaging.hospital.contour_files import dicom_seg

    dicom_seg(folder / "seg.dcm", _series(folder), {"Tumor": _mask()})
    return [folder / "seg.dcm"]


def _rtstruct(folder: Path) -> list[Path]:
    from Testing.library.imaging.hospital.contour_files import rtstruct

    rtstruct(folder / "rt.dcm", _series(folder), _image(), {"Tumor": _mask()})
    return [folder / "rt.dcm"]


def _frame(folder: Path) -> list[Path]:
    from Testing.library.imaging.dicom_bytes import ULTRASOUND, region, regions, write_frame

    pixels = np.random.default_rng(2).integers(0, 255, (12, 10), np.uint8)
    raw = [(0x00186011, regions([region(0.02, 0.02)]))]
    return [write_frame(folder / "frame.dcm", pixels, ULTRASOUND, raw=raw)]


def _texts(folder: Path, **files: str) -> list[Path]:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return [folder / name.replace("__", ".") for name in files]


def _clinical(folder: Path) -> list[Path]:
    table = "patient_id,age,ER,PR,HER2,grade,tumor_size_mm,nodal_status\nP1,51,1,0,0,2,31.5,1\n"
    entries = json.dumps({"patient_id": "P1", "age": 51, "ER": 1, "HER2": "negative"})
    return _texts(folder, one__csv=table, two__csv=table.replace(",", ";"), three__json=entries)


def _cases(folder: Path) -> list[Path]:
    rows = "".join(f"P{n},{40 + n},{n % 2},1,,{n % 3 + 1},,0,{900 * n + 50},{n % 2},MR-A\n" for n in range(8))
    header = "patient_id,age,ER,PR,HER2,grade,tumor_size_mm,nodal_status,tumor_volume_mm3,pcr,scanner_MRI\n"
    return _texts(folder, cases__csv=header + rows)


def _review(folder: Path) -> list[Path]:
    rows = "P1,accepted,,AB,2026-11-29T16:30:00+00:00\nP2,rejected,motion,AB,\n"
    return _texts(folder, review__csv=f"patient_id,decision,reason,reviewer,time\n{rows}")


def _joined_review(path: Path) -> None:
    import pandas as pd

    from NACResponseLib.features.review import without_rejected

    without_rejected(pd.DataFrame({"age": 50}, index=["P1", "P2", "007", "123456789012"]), path)


def _examinations(folder: Path) -> list[Path]:
    """Two scored examinations of a patient."""
    from NACResponseLib.cli import main

    words = ["score", "--patient-id", "P1", "--set", "age=51", "--set", "HER2=-", "--set", "tumor_volume_mm3=5000"]
    for name in ("earlier", "later"):
        with contextlib.redirect_stdout(io.StringIO()):
            main([*words, "--output", str(folder / name)])
        _written(_labels(), folder / name, "tumor_MRI.nii.gz")
    return [folder / "earlier" / "score.json", folder / "later" / "tumor_MRI.nii.gz"]


def _followed(path: Path) -> None:
    from NACResponseLib.results.followup import followup

    followup(path.parents[1] / "earlier", path.parents[1] / "later")


def _foreign_table(folder: Path) -> list[Path]:
    from NACResponseLib.tables import write_table_file

    header = ["Patient ID", "Age", "ER", "pCR", "original_glcm_Contrast", "Ki-67"]
    rows = [[f"{n:03d}", 40 + n, n % 2, n % 3 == 0, 1.5 * n, f"1{n} %"] for n in range(6)]
    files = [folder / "a.csv", folder / "b.xlsx"]
    for file in files:
        write_table_file(file, {"features": (header, rows)})
    return files


def _endpoint(folder: Path) -> list[Path]:
    text = "column: Response\npositive_class: responder\nnegative_class: none\npositive: [CR, 1]\nnegative: [PD, no]\n"
    return _texts(folder, endpoint__yaml=text)


def _endpoint_of(path: Path) -> None:
    from NACResponseLib.endpoints import endpoint_named

    endpoint_named(str(path))


def _column_map(folder: Path) -> list[Path]:
    own = "variables:\n  AR:\n    label: Androgen receptor\n    kind: levels\n    levels: [low, high]\n"
    return _texts(folder, map__yaml=f"columns: {{Alter: age, MRN: patient_id, x: feature, y: keep}}\n{own}")


def _cohort(folder: Path) -> list[Path]:
    names = _written(_image(), folder, "MRI_CET1.nii.gz", "MRI_T2.nii.gz") + _written(_labels(), folder, "t.nrrd")
    rows = "".join(f"P{n},{','.join(file.name for file in names)},MR-A,5{n},1,0,{n}\n" for n in range(3))
    return _texts(folder, COHORT__csv="patient_id,MRI_CET1,MRI_T2,tumor_MRI,scanner_MRI,age,ER,HER2,pcr\n" + rows)


def _points(folder: Path) -> list[Path]:
    placed = [{"position": [1.0, 2.0, float(n)], "positionStatus": "defined"} for n in range(3)]
    markups = json.dumps({"markups": [{"coordinateSystem": "LPS", "controlPoints": placed}]})
    fcsv = "# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n1,2,3,4,0,0,0,1,1,1,0,F-1,,\n"
    return _texts(folder, a__mrk__json=markups, b__json="[[1, 2, 3]]", c__csv="x,y,z\n1,2,3\n", d__fcsv=fcsv)


def _copied(kind: str, folder: Path) -> list[Path]:
    return [Path(shutil.copy(file, folder)) for file in sorted((resources() / kind).glob("*.yaml"))]


def _bundles(folder: Path) -> list[Path]:
    """The shipped models under other names, as files that anyone might send, and a formula."""
    from dataclasses import replace

    from NACResponseLib.model.bundle import load_bundle, model_files, save_bundle
    from Testing.library.model.bundle_files import linear_bundle

    shipped = {name: load_bundle(file) for name, file in model_files().items()}
    shipped["formula"] = linear_bundle(load_bundle())
    for name, bundle in shipped.items():
        save_bundle(replace(bundle, card=replace(bundle.card, name="mine")), folder / f"{name}.nacmodel")
    return sorted(folder.glob("*.nacmodel"))


def _score(path: Path) -> None:
    from NACResponseLib.model.bundle import load_bundle
    from NACResponseLib.model.card_check import check_card

    bundle = load_bundle(path)
    check_card(bundle)
    assert bundle.model.size
    row = np.array([item.p01 for item in bundle.inputs])
    bundle.probabilities(row[None])


def _signed(folder: Path) -> list[Path]:
    from NACResponseLib.model.signature import sign

    shutil.copy(resources() / "Models" / "phantom-multimodal.nacmodel", folder / "m.nacmodel")
    return [sign(folder / "m.nacmodel", folder / "keys"), folder / "keys" / "own.pub.pem"]


def _signer(path: Path) -> None:
    from NACResponseLib.model.signature import signer

    folder = path.parent if path.suffix == ".sig" else path.parents[1]
    signer(folder / "m.nacmodel", folder / "keys")


def _features(folder: Path) -> list[Path]:
    import pandas as pd

    from NACResponseLib.features.table import FeatureTable, write_table

    values = pd.DataFrame(np.arange(20.0).reshape(4, 5), [f"P{n}" for n in range(4)], [f"f{n}" for n in range(5)])
    path = folder / "features_handcrafted.parquet"
    write_table(FeatureTable("handcrafted", values.rename_axis("patient_id"), {"feature_set": "handcrafted"}), path)
    return [path]


def _run_folder(folder: Path) -> list[Path]:
    from Testing.library.report.simulated_run import simulate_run

    simulate_run(folder / "run", patients=24, partitions=2, sets=("clinical", "volume_receptors", "resnet34"))
    return sorted(file for file in (folder / "run").iterdir() if file.suffix in (".csv", ".json"))


def _compared(path: Path) -> None:
    from NACResponseLib.report.comparison import gather
    from NACResponseLib.training.saved_run import read_run

    gather([read_run(path.parent)])


def _checkpoint(folder: Path) -> list[Path]:
    from dataclasses import fields

    from NACResponseLib.training.checkpoint import Checkpoint
    from NACResponseLib.training.fitted import PartitionResult

    kinds = {"str": "clinical", "int": 1, "float": 0.5, "bool": True}
    values: dict[str, Any] = {}
    for each in fields(PartitionResult):
        element = str(each.type).removeprefix("tuple[").partition(",")[0].rstrip("]")
        value = kinds.get(element, {})
        values[each.name] = (value,) * 3 if str(each.type).startswith("tuple[") else value
    Checkpoint(folder, "inputs").save(PartitionResult(**values | {"feature_set": "clinical", "partition": 0}))
    return sorted(folder.rglob("*.json"))


def _resumed(path: Path) -> None:
    from NACResponseLib.training.checkpoint import Checkpoint

    Checkpoint(path.parents[1], "inputs").load("clinical", 0)


def _record(folder: Path) -> list[Path]:
    from NACResponseLib.cohort.store import write_record

    write_record(folder / "P1.json", {"patient_id": "P1", "features": {"handcrafted": {"a": 1.5}}, "warnings": ["w"]})
    return [folder / "P1.json"]


def _failures(folder: Path) -> list[Path]:
    return _texts(folder, failures__csv="patient_id,stage,reason\nP1,reading,no file\n")


def _weights(folder: Path) -> list[Path]:
    import torch

    tensors = {f"module.{name}": torch.arange(6.0).reshape(2, 3) for name in ("conv1.weight", "bn1.bias")}
    torch.save({"state_dict": tensors}, folder / "resnet_10.pth")
    torch.save(tensors, folder / "old.pth", _use_new_zipfile_serialization=False)
    return [folder / "old.pth", folder / "resnet_10.pth"]


def _partitions(folder: Path) -> list[Path]:
    rows = "".join(f"{p},P{n},{'test' if n % 4 == p else 'train'}\n" for p in range(2) for n in range(8))
    return _texts(folder, partitions__csv="partition,patient_id,part\n" + rows)


def _read_partitions(path: Path) -> None:
    from NACResponseLib.training.partition_file import read_partitions

    read_partitions(path, [f"P{n}" for n in range(8)], np.array([0, 1, 0, 1, 1, 0, 1, 0]))


def _called(module: str, name: str, *more: Any, folder: bool = False, **options: Any) -> Callable[[Path], Any]:
    """Calls a function of the library with the changed file, or with the folder that it lies in."""

    def read(path: Path) -> Any:
        from importlib import import_module

        return getattr(import_module(f"NACResponseLib.{module}"), name)(
            path.parent if folder else path, *more, **options
        )

    return read


def _quietly(text: str) -> None:
    assert len(text) < 600 and all(letter.isprintable() for letter in text), f"note: {text!r}"


def _manifest(path: Path) -> None:
    from NACResponseLib.cohort.manifest import read_manifest
    from NACResponseLib.protocol import load_protocol

    read_manifest(path, load_protocol("jang2025"))


def _read_cases(path: Path) -> None:
    from NACResponseLib.features.cases import clinical_values, patient_groups, read_cases, with_known_outcome

    cases = read_cases(path)
    clinical_values(cases), patient_groups(cases), with_known_outcome(cases, "pcr")


def _read_study(path: Path) -> None:
    from NACResponseLib.imaging.dicom_study import read_studies

    found = read_studies(sorted(path.parent.glob("*.dcm")))
    for note in found.notes:
        _quietly(note)
    for image in found.images:
        image.read()
    for contour in found.contours:
        contour.read(None)


_images = partial(_called, "imaging.io", "read_image", note=_quietly)
_masks = partial(_called, "imaging.io", "read_mask", note=_quietly)
READERS: dict[str, Reader] = {
    "nifti": Reader(lambda f: _written(_image(), f, "a.nii", "b.nii.gz"), _images()),
    "nrrd": Reader(lambda f: _written(_image(), f, "a.nrrd", "b.nhdr")[:2], _images()),
    "metaimage": Reader(lambda f: _written(_image(), f, "a.mha", "b.mhd"), _images()),
    "label-map": Reader(lambda f: _written(_labels(), f, "a.nii.gz", "b.nrrd"), _masks()),
    "seg.nrrd": Reader(_segmented, _masks(preferred="Tumor_MRI")),
    "dicom-series": Reader(_series, _images(folder=True)),
    "dicom-slice": Reader(_frame, _images(planar=True)),
    "dicom-seg": Reader(_dicom_seg, _masks(onto=_image())),
    "dicom-study": Reader(_dicom_seg, _read_study),
    "rtstruct": Reader(_rtstruct, _masks(onto=_image())),
    "clinical-record": Reader(_clinical, _called("clinical_table", "read_clinical")),
    "cohort-table": Reader(_cohort, _manifest),
    "cases": Reader(_cases, _read_cases),
    "review": Reader(_review, _joined_review),
    "follow-up": Reader(_examinations, _followed),
    "import-table": Reader(_foreign_table, _called("cohort.imported", "read_import")),
    "column-map": Reader(_column_map, _called("cohort.foreign_columns", "read_map")),
    "endpoint": Reader(_endpoint, _endpoint_of),
    "variables": Reader(
        lambda f: [Path(shutil.copy(resources() / "variables.yaml", f))], _called("variables", "read_variables")
    ),
    "failures": Reader(_failures, _called("cohort.results", "read_failures", folder=True)),
    "points": Reader(_points, _called("imaging.points", "read_points")),
    "protocol": Reader(partial(_copied, "Protocols"), _called("protocol", "load_protocol")),
    "recipe": Reader(partial(_copied, "Recipes"), _called("training.recipes", "load_recipe")),
    "bundle": Reader(_bundles, _score),
    "signature": Reader(_signed, _signer, "cryptography"),
    "parquet": Reader(_features, _called("features.table", "read_table")),
    "run-folder": Reader(_run_folder, _compared),
    "partitions": Reader(_partitions, _read_partitions),
    "checkpoint": Reader(_checkpoint, _resumed),
    "record": Reader(_record, _called("cohort.store", "read_record")),
    "weights": Reader(_weights, _called("features.weight_file", "read_tensors"), "torch"),
}
