"""``import kubernetes``: manifests, in files or in folders of files."""

from collections.abc import Iterator, Sequence

from discovery.formats.documents import Document, documents_of
from discovery.formats.label_tags import LABELS, wanted_labels
from discovery.formats.options import option_faults
from discovery.formats.source_name import source_name_faults
from discovery.kubernetes.cluster import Cluster
from discovery.kubernetes.manifests import Manifests
from discovery.kubernetes.objects import Object, Service, Workload
from discovery.kubernetes.observations import observations
from graph_service import (
    Event,
    Fault,
    InvalidInputError,
    Note,
    Place,
    Progress,
    Reading,
    ReadingRequest,
    ReadToTheEnd,
    Unreadable,
)

SUFFIXES = (".yaml", ".yml", ".json")
OPTIONS = ("namespace", LABELS)
_DEFAULT_NAMESPACE = "default"
OBJECTS_PER_PROGRESS = 200
_SERVICES_SHOWN_MAX = 5


class KubernetesCollector:
    """Reads manifests as one cluster: what they say together, in whatever order they come.

    The option ``namespace`` is the one of manifests that name none; ``labels`` become tags.
    """

    name = "kubernetes"

    def readings(self, request: ReadingRequest) -> Sequence[Reading]:
        """Open the files; one reading of them all."""
        data_source = request.data_source or self.name
        labels, odd = wanted_labels(request)
        faults = [
            *source_name_faults(data_source, Place(data_source)),
            *option_faults(request, OPTIONS),
            *odd,
        ]
        if faults:
            raise InvalidInputError(faults)
        documents = documents_of(request, SUFFIXES)
        namespace = request.options.get("namespace", _DEFAULT_NAMESPACE)
        return [
            Reading(
                data_source=data_source,
                collector=self.name,
                complete=request.complete,
                events=_events(documents, Manifests(namespace), data_source, labels),
            )
        ]

    def locate(self, place: Place) -> Place:
        """Return the place: manifests are small, so places are known from the start."""
        return place


COLLECTOR = KubernetesCollector()


def _events(
    documents: Sequence[Document], manifests: Manifests, data_source: str, labels: list[str]
) -> Iterator[Event]:
    objects: dict[str, Object] = {}
    seen_all = True
    for document in documents:
        for each in manifests.of(document):
            if isinstance(each, Unreadable):
                seen_all = False
                yield each
            elif each.native_key in objects:
                seen_all = False
                yield _duplicate(each, objects[each.native_key])
            else:
                objects[each.native_key] = each
                if len(objects) % OBJECTS_PER_PROGRESS == 0:
                    yield Progress(len(objects))
    yield Progress(len(objects), len(objects))
    cluster = Cluster(_own(objects, manifests))
    yield from observations(cluster, data_source, labels)
    yield from _notes(cluster, manifests)
    if seen_all:
        yield ReadToTheEnd()


def _own(objects: dict[str, Object], manifests: Manifests) -> dict[str, Object]:
    """Leave out what a workload made for itself, and add what a stateful set claims."""
    kept: dict[str, Object] = {}
    for native_key in sorted(objects):
        each = objects[native_key]
        if isinstance(each, Workload) and each.owner:
            manifests.left_out[f"{each.sort} that belongs to a workload"] += 1
            continue
        kept[native_key] = each
        if isinstance(each, Workload):
            for claim in each.claims:
                kept.setdefault(claim.native_key, claim)
    return dict(sorted(kept.items()))


def _duplicate(again: Object, first: Object) -> Unreadable:
    fault = Fault(
        code="DUPLICATE_KEY",
        message=f"{again.shown} stands here again",
        place=again.place,
        remedy=f"first at {first.place}; keep one, or give each cluster a data source of its own",
    )
    return Unreadable(fault, {"kind": again.sort, "name": again.name})


def _notes(cluster: Cluster, manifests: Manifests) -> Iterator[Note]:
    if manifests.left_out:
        counted = sorted(manifests.left_out.items())
        yield Note("left out: " + ", ".join(f"{count} {what}" for what, count in counted))
    idle: Sequence[Service] = cluster.idle_services
    for each in idle[:_SERVICES_SHOWN_MAX]:
        yield Note(f"{each.shown} selects no workload that was read", each.place)
    if len(idle) > _SERVICES_SHOWN_MAX:
        yield Note(f"{len(idle) - _SERVICES_SHOWN_MAX} more services select no workload")
