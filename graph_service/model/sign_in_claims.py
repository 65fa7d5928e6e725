"""Claims of a sign-in (OpenID Connect) → a person and the groups they are in.

The claims are taken at their word: whoever calls has verified the token that they came in.
"""

from collections.abc import Mapping
from typing import Any

from graph_service.model.person import Membership, PersonFacts, PersonObservation
from graph_service.model.place import Place

GROUPS_CLAIM = "groups"


def person_of_claims(
    claims: Mapping[str, Any], place: Place, *, groups_claim: str = GROUPS_CLAIM
) -> PersonObservation:
    """Return the person that verified claims speak of.

    ``groups_claim`` is where the provider puts groups: a name, or a path such as
    ``realm_access.roles``.
    """
    mail = _text(claims.get("email"))
    return PersonObservation(
        native_key=_text(claims.get("sub")),
        facts=PersonFacts(
            login=_text(claims.get("preferred_username")) or _text(claims.get("upn")),
            name=_text(claims.get("name")) or _full_name(claims),
            # An address that the provider has not verified may be anybody's.
            mails=(mail,) if mail and claims.get("email_verified") is not False else (),
            memberships=tuple(Membership(each) for each in _groups(claims, groups_claim)),
        ),
        place=place,
    )


def _groups(claims: Mapping[str, Any], path: str) -> list[str]:
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str):
        found = found.split()
    names = [_text(each) for each in found] if isinstance(found, list) else []
    # Keycloak writes paths of nested groups: the last step is the group, the others hold it.
    return list(dict.fromkeys(each.rstrip("/").rpartition("/")[2] for each in names if each))


def _full_name(claims: Mapping[str, Any]) -> str:
    parts = (_text(claims.get("given_name")), _text(claims.get("family_name")))
    return " ".join(each for each in parts if each)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
