"""The names on the wire: workflow, update, signal, query and activity names, in one place.

They are contracts: histories and running cases carry them, so they never change. A case's
workflow has the definition's `process` as its type, and the opening act's id as its id.
"""

from typing import Final

NAMESPACE: Final = "countersign"
TASK_QUEUE: Final = "countersign"

UPDATE_OPENED: Final = "opened"
"""Sent with the start; waits for the opening commit; answers an `ActResult`."""
UPDATE_ACT: Final = "act"
"""One act of a person (`SignedAct`); its update id is the act's id; answers an `ActResult`."""

WORKFLOW_TICK: Final = "schedule:tick"
"""The type of what a schedule starts; no process can be called so."""
SCHEDULE_ID: Final = "schedule:"
"""How the ids of schedules begin; the process follows."""
TICK_ID: Final = "tick:"
"""How the ids begin of what schedules start; the id of a case holds no colon."""

SIGNAL_RECONCILE: Final = "reconcile"
"""Tells a case to compare itself with the store, and to catch up."""
SIGNAL_LOOK: Final = "look"
"""Tells a case that something happened elsewhere that matters to it (`notices`)."""
QUERY_HEAD: Final = "head"
"""The stream's head as the case carries it (`definitions.acts.Head`)."""
QUERY_STOPPED: Final = "stopped"
"""Why the case has stopped, as a sentence; "" if it hasn't."""

ACTIVITY_COMMIT: Final = "commit"
ACTIVITY_DELIVER_MAIL: Final = "deliver_mail"
ACTIVITY_REPORT_STOPPED: Final = "report_stopped"
ACTIVITY_LOAD_CASE: Final = "load_case"
ACTIVITY_NOTICES: Final = "notices"
ACTIVITY_TAKE_TICK: Final = "take_tick"

REFUSED: Final = "Refused"
"""Type of the error by which a validator refuses an act; its detail is `Refusal.to_json()`."""
BUSY: Final = "Busy"
"""Type of the error by which a validator asks to send the same act again in a moment."""
