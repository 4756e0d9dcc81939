"""The check of a GPU, on the processor in its place: its parts run, and can fail."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.torch, pytest.mark.slow]
torch = pytest.importorskip("torch")

from Testing.benchmarks import gpu_check  # noqa: E402


def test_without_a_gpu_it_says_so_in_one_line_and_ends_with_2(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert gpu_check.main([]) == 2
    said = capsys.readouterr()
    assert not said.out and len(said.err.splitlines()) == 1 and "No GPU" in said.err


def test_the_processor_in_its_place_gives_equal_values_and_a_table(tmp_path, capsys):
    assert gpu_check.main(["--device", "cpu", "--quick", "--output", str(tmp_path / "table.md")]) == 0
    written = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert written == capsys.readouterr().out
    [row] = [line for line in written.splitlines() if line.startswith("| ResNet-10")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert float(cells[2]) == float(cells[3]) == 0 and float(cells[4]) > 0 and 0 < int(cells[5].rstrip("%")) <= 100
    assert "batches of 6" in written and "batches of 3" in written


def test_values_that_are_off_or_a_batch_that_is_not_halved_give_1(monkeypatch, capsys):
    monkeypatch.setattr(gpu_check, "measured", lambda *_: replace(MEASURED, difference=2e-4))
    assert gpu_check.main(["--device", "cpu", "--quick"]) == 1
    assert "**off**" in capsys.readouterr().out
    monkeypatch.setattr(gpu_check, "measured", lambda *_: MEASURED)
    monkeypatch.setattr(gpu_check, "LittleMemory", lambda network, room: network)
    assert gpu_check.main(["--device", "cpu", "--quick"]) == 1
    assert "limit was not felt" in capsys.readouterr().out


MEASURED = gpu_check.Measured(10, "single", 1e-6, 1e-6, 60.0, 0.9)


def test_the_weights_are_of_the_published_form(tmp_path: Path):
    from NACResponseLib.features.medicalnet import load_backbone
    from Testing.benchmarks.weights import write_weights

    network = load_backbone(18, write_weights(18, tmp_path))
    with torch.inference_mode():
        found = network(torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, 64, 64, 64), np.float32)))
    assert found.shape == (1, 512) and torch.isfinite(found).all() and float(found.std()) > 0
