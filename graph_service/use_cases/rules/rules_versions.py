"""The vocabularies and policies that were put in force, as the log has them."""

from graph_service.model.codec import digest
from graph_service.model.delta import Record
from graph_service.store import GraphStore
from graph_service.use_cases.rules.rules_change import RulesVersion


def rules_record(kind: str, document: str, text: str, version: str, name: str = "") -> Record:
    """Return rules as they are kept; ``version`` is what people call them by."""
    data = {
        "name": name or kind,
        "document": document,
        "text": text,
        "version": version,
        "digest": digest(text),
    }
    return Record(kind, kind, data)


async def rules_versions(
    store: GraphStore, kind: str, limit: int, before: int = 0
) -> list[RulesVersion]:
    """Return rules of a kind that were put in force before a revision (0: ever), newest first."""
    bound = (before, 0) if before else None
    found = await store.history(kind, before=bound, limit=limit)
    versions = []
    for entry in found:
        revision = (await store.revisions(after=entry.revision - 1, limit=1))[0]
        versions.append(
            RulesVersion(
                revision=entry.revision,
                at=revision.at,
                actor=revision.actor.name,
                reason=revision.reason,
                document=entry.after["document"],
                name=entry.after["name"],
                version=entry.after["version"],
                digest=entry.after["digest"],
                text=entry.after["text"],
            )
        )
    return versions
