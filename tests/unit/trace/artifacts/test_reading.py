"""Built files by their paths: what is told of one, and of one that cannot be read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.artifacts.reading import read_artifact, size_of


def test_any_file_has_a_size(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(bytes(1234))
    artifact = read_artifact("build/net.onnx", path)
    assert (artifact.name, artifact.bytes, artifact.measurement) == ("build/net.onnx", 1234, None)
    assert size_of("build/net.onnx", path) == 1234


def test_a_file_of_tensorflow_lite(tmp_path: Path) -> None:
    pytest.importorskip("flatbuffers")
    from tflite_files import TFLiteFile

    file = TFLiteFile()
    source = file.tensor((1, 8))
    data = file.written([source], [file.conv(source, (1, 4), (4, 8), "FULLY_CONNECTED")])
    path = tmp_path / "net.TFLITE"
    path.write_bytes(data)
    artifact = read_artifact("net.TFLITE", path)
    assert artifact.bytes == len(data)
    assert artifact.measurement is not None
    assert artifact.measurement.macs == 4 * 8


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MeasureError) as caught:
        read_artifact("build/net.tflite", tmp_path / "net.tflite")
    assert str(caught.value) == (
        f"artifact 'build/net.tflite' is not there: build it first\nlooked for {tmp_path / 'net.tflite'}"
    )


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MeasureError) as caught:
        size_of("build", tmp_path)
    assert str(caught.value) == f"artifact 'build' is no file\nlooked at {tmp_path}"


def test_a_file_behind_a_file(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("")
    with pytest.raises(MeasureError) as caught:
        size_of("build/net.bin", tmp_path / "build" / "net.bin")
    assert str(caught.value) == "artifact 'build/net.bin' cannot be read: Not a directory"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "net.tflite").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(MeasureError) as caught:
        read_artifact("net.tflite", tmp_path / "net.tflite")
    assert str(caught.value) == "artifact 'net.tflite' cannot be read: Permission denied"


def test_another_file_of_that_name(tmp_path: Path) -> None:
    pytest.importorskip("flatbuffers")
    path = tmp_path / "net.tflite"
    path.write_text("<html>not found</html>")
    with pytest.raises(MeasureError) as caught:
        read_artifact("net.tflite", path)
    assert str(caught.value) == (
        "artifact 'net.tflite' is no TensorFlow Lite file: it does not have 'TFL3' in bytes 4 to 7"
    )


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(b"\x1c\x00\x00\x00TFL3")
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    for name in ("flatbuffer", "tflite"):
        monkeypatch.delitem(sys.modules, f"pytest_flopbudget.trace.artifacts.{name}", raising=False)
    with pytest.raises(MeasureError) as caught:
        read_artifact("net.tflite", path)
    assert str(caught.value) == (
        "artifact 'net.tflite' needs a package that is not installed: pip install 'pytest-flopbudget[tflite]'"
    )


def test_a_package_of_ours_that_is_missing_is_no_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.tflite"
    path.touch()
    folder = "pytest_flopbudget.trace.artifacts"
    monkeypatch.setitem(sys.modules, f"{folder}.flatbuffer", None)
    monkeypatch.delitem(sys.modules, f"{folder}.tflite", raising=False)
    with pytest.raises(ModuleNotFoundError) as caught:
        read_artifact("net.tflite", path)
    assert caught.value.name == f"{folder}.flatbuffer"
