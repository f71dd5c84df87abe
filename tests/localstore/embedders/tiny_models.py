"""Tiny models with random weights, made on the spot: no weights are kept in the repository or fetched."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "a", "dog", "on", "mat", "with", "and"]
LONGEST = 8
DIM = 16


def _tokenizer(folder: Path) -> None:
    """A tokenizer of whole words that puts [CLS] and [SEP] around a text."""
    tokenizers: Any = import_module("tokenizers")
    words = {word: at for at, word in enumerate(WORDS)}
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    settings = {"model_max_length": LONGEST, "tokenizer_class": "PreTrainedTokenizerFast", **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "config.json").write_text(json.dumps({"hidden_size": DIM, "pad_token_id": 0}))


def onnx_folder(folder: Path) -> Path:
    """A folder for fastembed: each token has a random vector."""
    import numpy

    onnx: Any = import_module("onnx")
    _tokenizer(folder)
    chance = numpy.random.default_rng(0)
    table = onnx.numpy_helper.from_array(chance.normal(size=(len(WORDS), DIM)).astype(numpy.float32), "table")
    whole = onnx.TensorProto.INT64
    names = ("input_ids", "attention_mask")
    inputs = [onnx.helper.make_tensor_value_info(name, whole, ["batch", "length"]) for name in names]
    shape = ["batch", "length", DIM]
    output = onnx.helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, shape)
    look = onnx.helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = onnx.helper.make_graph([look], "tiny", inputs, [output], [table])
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(folder / "model.onnx"))
    return folder


def transformer_folder(folder: Path) -> Path:
    """A folder for sentence-transformers: a one-layer BERT, mean pooling, a prompt for queries."""
    package: Any = import_module("sentence_transformers")
    models: Any = import_module("sentence_transformers.models")
    transformers: Any = import_module("transformers")
    torch: Any = import_module("torch")
    bert = folder / "bert"
    bert.mkdir()
    _tokenizer(bert)
    torch.manual_seed(0)
    size = {"hidden_size": DIM, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=LONGEST, **size)
    transformers.BertModel(config).save_pretrained(bert)
    word = models.Transformer(str(bert), max_seq_length=LONGEST)
    pool = models.Pooling(DIM, pooling_mode="mean")
    made = package.SentenceTransformer(modules=[word, pool], device="cpu", prompts={"query": "a ", "document": ""})
    made.save(str(folder / "model"))
    return folder / "model"
