"""Intake: a shop's raw files become canonical tables.

`preview` looks at a file and proposes which column is what. `import_orders` reads the whole file, applies the cleaning
rules in their order, keeps a ledger of what each of them did, and publishes the result as a new version of a
dataset, all of it or nothing.
"""

from __future__ import annotations

from analytics.intake.cleaning import CLEANING_RULES, CleaningRule
from analytics.intake.importing import import_orders
from analytics.intake.mapping import Proposal
from analytics.intake.previewing import Preview, preview
from analytics.intake.readers import READERS, Reader

__all__ = ["CLEANING_RULES", "READERS", "CleaningRule", "Preview", "Proposal", "Reader", "import_orders", "preview"]
