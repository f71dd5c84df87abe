import pytest

from localstore import Ambiguous, InvalidValue, NotFound, Store, Taken
from localstore.ids import natural_id, short
from tests.localstore.snapshots import everything


def test_a_model_has_the_same_id_on_every_device(store: Store) -> None:
    model = store.ai_models.add("bge-small", "local", "1.5", parameters={"dim": 384})
    assert model.id == natural_id("ai_model", "local", "bge-small", "1.5")
    assert model.parameters == {"dim": 384}
    assert store.ai_models.add("bge-small", "local").id == natural_id("ai_model", "local", "bge-small", None)


@pytest.mark.parametrize("version", [None, "1.5"])
def test_a_model_that_is_registered_already_is_refused_and_named(store: Store, version: str | None) -> None:
    held = store.ai_models.add("bge", "local", version)
    before = everything(store)
    with pytest.raises(Taken, match=rf"is registered already \({short(held.id)}\)") as error:
        store.ai_models.add("bge", "local", version)
    assert error.value.holder == held.id
    assert everything(store) == before


def test_a_model_that_another_program_registered_is_refused_too(store: Store) -> None:
    with store.database.writing() as connection:
        connection.execute("INSERT INTO ai_models (provider, name) VALUES ('local', 'bge')")
    with pytest.raises(Taken, match="'local/bge' is registered already"):
        store.ai_models.add("bge", "local")


def test_the_first_name_of_a_renamed_model_can_be_used_again(store: Store) -> None:
    old = store.ai_models.add("bge", "local")
    store.ai_models.edit("bge", name="bge-old")
    assert store.ai_models.add("bge", "local").id != old.id
    assert store.ai_models.get("bge-old").id == old.id


def test_renaming_a_model_to_another_is_refused(store: Store) -> None:
    store.ai_models.add("bge", "local")
    store.ai_models.add("e5", "local")
    before = everything(store)
    with pytest.raises(Taken, match="'local/bge' is registered already"):
        store.ai_models.edit("e5", name="bge")
    assert everything(store) == before


@pytest.fixture
def several(store: Store) -> Store:
    store.ai_models.add("bge", "local")
    store.ai_models.add("bge", "hub", "1")
    store.ai_models.add("bge", "hub", "2")
    store.ai_models.add("e5", "hub", "2")
    return store


@pytest.mark.parametrize(
    ("ref", "key"),
    [
        ("e5", ("hub", "e5", "2")),
        ("hub/e5", ("hub", "e5", "2")),
        ("hub/bge@2", ("hub", "bge", "2")),
        ("local/bge", ("local", "bge", None)),
    ],
)
def test_a_model_is_found_by_as_much_of_its_name_as_tells_it(
    several: Store, ref: str, key: tuple[str, str, str | None]
) -> None:
    found = several.ai_models.get(ref)
    assert (found.provider, found.name, found.version) == key


def test_a_name_of_several_models_is_ambiguous_and_they_are_listed(several: Store) -> None:
    with pytest.raises(Ambiguous, match=r"'hub/bge' fits 2 models: .*hub/bge@1.*Say provider/name@version") as error:
        several.ai_models.get("hub/bge")
    assert {label for _, label in error.value.candidates} == {"hub/bge@1", "hub/bge@2"}


def test_a_model_nobody_registered_is_not_found(several: Store) -> None:
    with pytest.raises(NotFound, match="There is no model 'gpt'"):
        several.ai_models.get("gpt")


def test_one_parameter_is_set_and_another_removed_and_the_rest_stays(store: Store) -> None:
    store.ai_models.add("bge", "local", parameters={"dim": 3, "url": "http://localhost", "n": 1})
    store.ai_models.edit_parameters("bge", {"metric": "dot"}, remove=["url"])
    store.ai_models.edit_meta("bge", {"note": "good"})
    model = store.ai_models.get("bge")
    assert (model.parameters, model.meta_data) == ({"dim": 3, "n": 1, "metric": "dot"}, {"note": "good"})
    store.undo()
    assert store.ai_models.get("bge").meta_data == {}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"parameters": {"dim": 0}}, r"parameters\.dim: '0' is no length of a vector"),
        ({"parameters": {"dim": True}}, r"parameters\.dim: 'True' is no length"),
        ({"parameters": {"dim": "384"}}, r"parameters\.dim: '384' is no length"),
        (
            {"parameters": {"metric": "cosin"}},
            r"parameters\.metric: there is no metric 'cosin': choose cosine, dot, l2",
        ),
        ({"parameters": [1]}, "parameters: expected an object"),
        ({"name": " "}, "name: a model needs a name"),
        ({"provider": ""}, "provider: a model needs a provider"),
        ({"version": ""}, "version: an empty version is none"),
    ],
)
def test_what_a_model_cannot_have_is_refused(store: Store, columns: dict[str, object], message: str) -> None:
    before = everything(store)
    with pytest.raises(InvalidValue, match=message):
        store.ai_models.add(**({"name": "bge", "provider": "local"} | columns))  # type: ignore[arg-type]
    assert everything(store) == before


def test_a_length_that_the_vectors_do_not_have_is_refused(store: Store) -> None:
    store.ai_models.add("bge", "local")
    store.embeddings.put_one("bge", [1, 2, 3], item=store.items.add("A").id)
    before = everything(store)
    with pytest.raises(InvalidValue, match=r"parameters\.dim: 4, but the model's vectors have 3 numbers"):
        store.ai_models.edit_parameters("bge", {"dim": 4})
    assert everything(store) == before
    assert store.ai_models.edit_parameters("bge", {"dim": 3}).parameters == {"dim": 3}


def test_a_deleted_model_takes_its_vectors_and_comes_back_with_them(store: Store) -> None:
    store.ai_models.add("bge", "local")
    store.embeddings.put_one("bge", [1, 2, 3], item=store.items.add("A").id)
    entry = store.ai_models.delete("bge")
    assert entry.deleted == {"ai_models": 1, "embeddings": 1}
    store.trash.restore(entry.id)
    assert store.embeddings.all()[0].array.tolist() == [1, 2, 3]
