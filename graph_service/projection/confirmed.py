"""The same estate, if one member were enough wherever nobody says how many are needed."""

from dataclasses import replace

import numpy as np

from graph_service.projection.codes import STANDBY_BIT, Ints
from graph_service.projection.snapshot import Snapshot, packed_rule


def one_is_enough(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot in which k = 1 wherever it is unknown: the best that can be confirmed.

    A k to work well that somebody stated stays: confirming k does not change it.
    """
    groups = snapshot.groups
    unknown = np.flatnonzero(~groups.k_known)
    size = np.diff(groups.member_start)
    group = np.repeat(np.arange(len(groups)), size)
    standby = np.bincount(group, (groups.member_code & STANDBY_BIT) != 0, minlength=len(groups))
    one: Ints = np.ones(len(unknown), np.int32)
    rule = groups.rule.copy()
    rule[unknown] = packed_rule(
        owner=groups.owner[unknown],
        size=size[unknown].astype(np.int32),
        active=(size - standby)[unknown].astype(np.int32),
        k=one,
        k_full=np.clip(groups.k_full_said[unknown], one, size[unknown]).astype(np.int32),
        mode=groups.mode[unknown],
        strength=groups.rule[unknown, 5].astype(np.int8),
        switches_in_time=groups.switch_minutes[unknown] <= np.maximum(groups.tolerance[unknown], 0),
    )
    rule.flags.writeable = False
    return replace(snapshot, groups=replace(groups, rule=rule))
