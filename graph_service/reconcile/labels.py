"""How CIs are called in plans and lists."""

from collections.abc import Mapping

from graph_service.model.ci import CI
from graph_service.model.ids import CIId
from graph_service.reconcile.draft import Draft


class Labels:
    """How CIs are called in plans and lists: by key, or by native key while they have none."""

    def __init__(
        self, draft: Draft, found: Mapping[str, CI], native_keys: Mapping[str, CIId]
    ) -> None:
        self._draft = draft
        self._found = found
        self._native_keys = native_keys
        self._by_id: dict[str, str] | None = None

    def __getitem__(self, ci_id: str) -> str:
        """Return what a CI is called."""
        ci = self._draft.cis.get(ci_id) or self._found.get(ci_id)
        if ci is not None and ci.key:
            return ci.key
        if self._by_id is None:
            self._by_id = {each: key for key, each in self._native_keys.items()}
        return self._by_id.get(ci_id, ci.name if ci else ci_id)
