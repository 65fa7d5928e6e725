"""Which vocabulary an estate is read by: recorded in the store, so that all replicas agree."""

from collections.abc import Iterator

from graph_service.model.codec import digest
from graph_service.model.delta import GraphDelta, Record
from graph_service.model.errors import Fault, InvalidInputError
from graph_service.model.place import Place
from graph_service.model.revision import Actor
from graph_service.model.vocabulary import Vocabulary, extended, packaged
from graph_service.store import GraphStore

VOCABULARY = "vocabulary"
IN_FORCE = "in-force"


async def vocabulary_in_force(
    store: GraphStore, extension: tuple[str, str] | None, *, actor: Actor, record: bool
) -> Vocabulary:
    """Return the vocabulary to read this estate by.

    ``extension`` is (document name, text) of an organisation's own rows; without it the ones
    recorded in the store apply. With ``record`` a new extension is put in force for everybody.

    Raises:
        InvalidInputError: The extension has faults, or it drops rows that are in force, which
            records may be using.

    """
    recorded = await store.record(VOCABULARY, IN_FORCE)
    before = vocabulary_of(recorded) if recorded else None
    if extension is None:
        return before or packaged()
    document, text = extension
    vocabulary = extended(packaged(), document, text)
    if before and (faults := [*_dropped(before, vocabulary, document)]):
        raise InvalidInputError(faults)
    if record and (recorded is None or recorded.data["text"] != text):
        data = {"document": document, "text": text, "version": vocabulary.version}
        revision = (await store.head()).revision
        await store.apply(
            GraphDelta(
                based_on=revision,
                actor=actor,
                records=(
                    Record(VOCABULARY, IN_FORCE, {**data, "since": revision}),
                    Record(VOCABULARY, digest(text), data),
                ),
            )
        )
    return vocabulary


def vocabulary_of(recorded: Record | None) -> Vocabulary:
    """Return the vocabulary that a record of the one in force stands for; the packaged if none."""
    if recorded is None:
        return packaged()
    return extended(packaged(), recorded.data["document"], recorded.data["text"])


def _dropped(before: Vocabulary, after: Vocabulary, document: str) -> Iterator[Fault]:
    for section in ("classes", "relationship_types", "operations"):
        for name in sorted(getattr(before, section).keys() - getattr(after, section).keys()):
            yield _in_use(f"{name} is in force", document, section)
    for name in sorted(before.classes.keys() & after.classes.keys()):
        still = {each.name: each for each in after.classes[name].attributes}
        for each in before.classes[name].attributes:
            place = f"classes.{name}.attributes.{each.name}"
            if each.name not in still:
                yield _in_use(f"the attribute {each.name} of {name} is in force", document, place)
            elif (each.type, each.list) != (still[each.name].type, still[each.name].list):
                message = f"the attribute {each.name} of {name} is in force as {each.type}"
                yield _in_use(message, document, place)


def _in_use(what: str, document: str, path: str) -> Fault:
    return Fault(
        code="IN_USE",
        message=f"{what}, and this file no longer has it so",
        place=Place(document, path),
        remedy="keep it as it was: records may be using it",
    )
