"""Contours moved a little: repeatably, about as far as asked, and what that does to features."""

import numpy as np
import pytest
import SimpleITK as sitk

from NACResponseLib.cohort.extraction import extract
from NACResponseLib.cohort.manifest import read_manifest
from NACResponseLib.cohort.perturbation import perturbed
from NACResponseLib.cohort.plan import Perturbation, Settings
from NACResponseLib.cohort.stability import OWN, replicates_of, stability_tasks, write_stability
from NACResponseLib.cohort.store import open_store
from NACResponseLib.errors import InputError
from NACResponseLib.evaluation.replicates import read_replicates
from NACResponseLib.imaging.geometry import mask_array

from ..conftest import ball, grid_of, volume
from .tiny import protocol_of, read_rows, serially


def sphere(radius: float = 15.0) -> sitk.Image:
    grid = grid_of((60, 60, 40), (1.0, 1.0, 1.5), origin=(-30, -30, -30))
    return volume(ball(grid, (0, 0, 0), radius).astype(np.uint8), grid)


def test_a_moved_contour_repeats_and_differs_by_replicate_seed_and_patient():
    same, again, other, seed, patient = (
        mask_array(perturbed(sphere(), name, Perturbation(s, k, 1.0)))
        for name, s, k in (("a", 0, 1), ("a", 0, 1), ("a", 0, 2), ("a", 1, 1), ("b", 0, 1))
    )
    assert np.array_equal(same, again)
    assert all(not np.array_equal(same, moved) for moved in (other, seed, patient))


def test_the_surface_moves_by_about_the_amplitude_and_the_volume_stays():
    mask = sphere()
    inside = mask_array(mask)
    distance = sitk.GetArrayFromImage(sitk.SignedMaurerDistanceMap(mask, False, False, True))
    moves, volumes = [], []
    for number in range(1, 13):
        moved = perturbed(mask, "a", Perturbation(0, number, 1.5))
        volumes.append(mask_array(moved).sum() / inside.sum())
        edge = sitk.GetArrayFromImage(sitk.BinaryContour(moved)) > 0
        moves.append(distance[edge])
    assert np.std(np.concatenate(moves)) == pytest.approx(1.5, rel=0.25)
    assert np.mean(volumes) == pytest.approx(1, abs=0.05) and np.std(volumes) > 0.005


def test_a_contour_at_the_border_stays_in_the_image():
    mask = sphere()
    part = sitk.RegionOfInterest(mask, [30, 60, 40], [0, 0, 0])
    moved = perturbed(part, "a", Perturbation(0, 1))
    assert moved.GetSize() == part.GetSize() and mask_array(moved).any()


@pytest.mark.slow
def test_each_replicate_is_a_cohort_and_agreement_is_between_them(cohort, tmp_path):
    output, protocol = tmp_path / "out", protocol_of(cohort)
    manifest = read_manifest(cohort, protocol)
    replicates = replicates_of(Settings(protocol), 2, 0, 1.0)
    folder = open_store(output, OWN)
    tasks = stability_tasks(manifest, replicates, folder)
    assert len(tasks) == 12
    outcomes = list(extract(tasks, replicates[0], serially, "cpu"))
    assert not any(outcome.failed for outcome in outcomes)
    assert not stability_tasks(manifest, replicates, folder)
    found = write_stability(manifest, replicates, folder, output, {})["handcrafted"]
    measured = read_replicates(output, "handcrafted")
    assert measured.values.shape == (6, 2, len(measured.features)) and measured.patients == tuple(
        f"P{k}" for k in range(6)
    )
    assert (measured.values.std(axis=1) > 0).mean() > 0.9
    assert found["CT_Intra_shape_MeshVolume"].icc > 0.7  # volumes differ by a factor of four between patients
    row = next(
        r for r in read_rows(output / "stability_handcrafted.csv") if r["feature"] == "CT_Intra_shape_MeshVolume"
    )
    assert float(row["icc"]) == pytest.approx(found["CT_Intra_shape_MeshVolume"].icc, abs=1e-6)
    assert (row["n_patients"], row["n_replicates"]) == ("6", "2")
    some = measured.of_patients(["P0", "P1", "P2"]).agreement()["CT_Intra_shape_MeshVolume"]
    assert some.subjects == 3


def test_senseless_numbers_of_replicates_are_refused(cohort):
    for count, amplitude in ((1, None), (5, 0.0), (5, 40.0)):
        with pytest.raises(InputError, match=r"replicates|amplitude"):
            replicates_of(Settings(protocol_of(cohort)), count, 0, amplitude)
