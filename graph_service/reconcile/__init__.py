"""What data sources and people say → what the estate is.

The way of an import, module by module:

1. ``listening``: each observation of a reading against what its data source said before
   (``ground`` reads that). ``validation``, ``attribute_value``, ``redundancy`` and ``texts`` bring
   it into canonical form, or list what is wrong with it; ``quarantine`` keeps what is.
2. ``statement``: what is new becomes a statement, and later a claim about one record.
3. ``draft``: claims change, and the records they speak of follow; ``effective`` decides whose word
   counts. ``ci_planning`` states CIs and lets go of those no longer stated, behind the ``brakes``.
4. ``resolution`` finds the CIs that references mean. ``relationship_planning`` draws what has both
   ends (``letting_go`` ends what has not); ``deferred`` keeps what nothing answers.
5. ``batches``: the changes of the draft become deltas, each whole and none dangling.
6. ``import_planning`` is the one who does all this in order and looks things up in between, from a
   ``basis``; what comes of it is an ``import_plan``, with ``group_findings`` and readable
   ``labels``. ``plan_codec`` keeps it.

What people state by hand takes the same draft: ``edit_steps`` does edits one after the other, and
``by_hand`` writes them as claims of the data source ``manual``.
"""

from graph_service.reconcile.effective import claims_by_attribute

__all__ = ["claims_by_attribute"]
