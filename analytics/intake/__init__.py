"""Intake: a shop's raw files become canonical tables.

`preview` looks at a file and proposes what it holds and which column is what. `import_orders`, `import_events`,
`import_sessions`, `import_customers` and `import_labelled` read the whole file, apply the cleaning rules in their order,
keep a ledger of what each of them did, and publish the result as a new version of a dataset, all of it or nothing. Tables
that a file does not bring are carried over from the version before.
"""

from __future__ import annotations

from analytics.intake.carrying import kept_and_replaced
from analytics.intake.cleaning import CLEANING_RULES, EVENT_RULES, LABELLED_RULES, SESSION_RULES, CleaningRule, rules_of
from analytics.intake.headings import Found, columns_by_heading, same_columns
from analytics.intake.importing import import_customers, import_events, import_labelled, import_orders, import_sessions
from analytics.intake.kinds import FileKind
from analytics.intake.labelled import CaseColumn, case_columns
from analytics.intake.mapping import Proposal, complete_mapping, likely_kind
from analytics.intake.names import KINDS, kind_named
from analytics.intake.previewing import Preview, preview
from analytics.intake.readers import READERS, Reader

__all__ = [
    "CLEANING_RULES",
    "EVENT_RULES",
    "KINDS",
    "LABELLED_RULES",
    "READERS",
    "SESSION_RULES",
    "CaseColumn",
    "CleaningRule",
    "FileKind",
    "Found",
    "Preview",
    "Proposal",
    "Reader",
    "case_columns",
    "columns_by_heading",
    "complete_mapping",
    "import_customers",
    "import_events",
    "import_labelled",
    "import_orders",
    "import_sessions",
    "kept_and_replaced",
    "kind_named",
    "likely_kind",
    "preview",
    "rules_of",
    "same_columns",
]
