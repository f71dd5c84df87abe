"""Models of a folder: never downloaded; what is missing is said. The packages themselves are tried where they are."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from localstore.embedders import embedder
from localstore.embedders.builtin import HashingEmbedder
from localstore.errors import InvalidValue, NotFound
from localstore.models import AIModel
from tests.localstore.embedders.tiny_models import onnx_folder, transformer_folder

PROVIDERS = ["sentence-transformers", "fastembed"]
PACKAGES = {"sentence-transformers": "sentence_transformers", "fastembed": "fastembed"}
TEXTS = ["the cat sat", "a dog", "the cat sat on the mat with a dog and a cat and a dog"]


def model(provider: str, **parameters: Any) -> AIModel:
    return AIModel(name="m", provider=provider, parameters=parameters)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_model_without_a_folder_is_told_how_to_name_one(provider: str) -> None:
    with pytest.raises(InvalidValue, match=r"parameters\.path: .* names no folder.*--parameter path=FOLDER"):
        embedder(model(provider))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_folder_that_is_not_there_is_not_downloaded(provider: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match=r"there is no folder .*absent.*models are not downloaded"):
        embedder(model(provider, path=str(tmp_path / "absent")))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_the_package_the_extra_is_named(provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[provider], None)
    (tmp_path / "model.onnx").touch()
    with pytest.raises(NotFound, match=rf"pip install 'localstore\[{provider}\]'"):
        embedder(model(provider, path=str(tmp_path)))


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_libraries_are_told_to_stay_offline(provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setitem(sys.modules, PACKAGES[provider], None)
    (tmp_path / "model.onnx").touch()
    with pytest.raises(NotFound):
        embedder(model(provider, path=str(tmp_path)))
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"pooling": "max"}, "is not mean or cls or last_token"), ({}, r"has no model\.onnx or")],
)
def test_a_fastembed_model_that_cannot_be_read_says_why(
    tmp_path: Path, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidValue, match=message):
        embedder(model("fastembed", path=str(tmp_path), **parameters))


def test_the_builtin_model_takes_everything_and_is_lexical() -> None:
    using = embedder(model("builtin", dim=8))
    assert isinstance(using, HashingEmbedder)
    assert (using.lexical, using.dim, using.limit) == (True, 8, None)


# -- with the packages


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["document", "query"])
def test_sentence_transformers_embeds_with_a_model_of_a_folder(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("sentence_transformers")
    using = embedder(model("sentence-transformers", path=str(transformer_folder(tmp_path))))
    found = using.embed(TEXTS, kind)
    assert (found.shape, found.dtype.name, using.dim) == ((3, 16), "float32", 16)
    assert using.limit is not None and [using.limit.over(text) for text in TEXTS] == [False, False, True]
    assert using.embed([]).shape == (0, 16)


@pytest.mark.filterwarnings("ignore")
def test_sentence_transformers_gives_queries_the_models_prompt(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    using = embedder(model("sentence-transformers", path=str(transformer_folder(tmp_path))))
    assert using.embed(["cat"], "query").tolist() == pytest.approx(using.embed(["a cat"], "document"), abs=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_folder_without_a_model_is_refused_by_sentence_transformers(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InvalidValue, match="holds no model that sentence-transformers reads"):
        embedder(model("sentence-transformers", path=str(tmp_path)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_fastembed_embeds_with_a_model_of_a_folder(tmp_path: Path, pooling: str) -> None:
    pytest.importorskip("fastembed")
    pytest.importorskip("onnx")
    using = embedder(model("fastembed", path=str(onnx_folder(tmp_path)), pooling=pooling))
    found = using.embed(TEXTS)
    assert (found.shape, found.dtype.name, using.dim) == ((3, 16), "float32", 16)
    assert (found**2).sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert using.limit is not None and [using.limit.over(text) for text in TEXTS] == [False, False, True]


@pytest.mark.filterwarnings("ignore")
def test_a_folder_without_a_model_is_refused_by_fastembed(tmp_path: Path) -> None:
    pytest.importorskip("fastembed")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(InvalidValue, match="holds no model that fastembed reads"):
        embedder(model("fastembed", path=str(tmp_path), dim=4))
