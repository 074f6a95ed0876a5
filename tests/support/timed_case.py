"""Definitions about time: lengths by a choice, deadlines that go on, and that are put off."""

from typing import Any

from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity

MENDING: dict[str, Any] = {
    "process": "mending",
    "title": "Mending",
    "summary": "Something is mended in the time that its severity leaves.",
    "policy": ["4.1"],
    "number": "y",
    "rules": 1,
    "start": {
        "roles": ["member"],
        "fields": {
            "topic": {"type": "string", "title": "Topic", "required": True},
            "severity": {
                "type": "choice",
                "title": "Severity",
                "required": True,
                "choices": {"high": "High: now", "low": "Low"},
            },
            "kind": {"type": "choice", "title": "Kind", "choices": {"a": "A", "b": "B"}},
        },
    },
    "machine": {
        "initial": "mending",
        "states": {
            "mending": {"on": {"mended": "done", "overdue": "late", "again": "late"}},
            "late": {"on": {"back": "mending", "given_up": "lost"}},
            "done": {"final": True},
            "lost": {"final": True},
        },
    },
    "steps": {
        "mending": {
            "title": "Mend it",
            "policy": "4.1",
            "seats": {"tester": {"role": "tester"}},
            "outcomes": {"mended": {"event": "mended"}, "again": {"event": "again"}},
            "covers": {"fields": []},
            "deadline": {
                "after": {"by": "severity", "high": "PT4H", "low": "P5D"},
                "event": "overdue",
            },
            "reminders": [{"by": "severity", "high": "PT1H", "low": "P1D"}],
        },
        "late": {
            "title": "Say what follows",
            "policy": "4.1",
            "seats": {"anyone": {"role": "member"}},
            "outcomes": {"back": {"event": "back"}, "give_up": {"event": "given_up"}},
            "covers": {"fields": []},
        },
    },
    "amend": {"fields": ["severity"], "during": ["mending"]},
}

REWORK: dict[str, Any] = {
    "process": "rework",
    "title": "Rework",
    "summary": "A draft is looked at within five days, however often it is sent back.",
    "policy": ["4.1"],
    "number": "y",
    "rules": 1,
    "start": {
        "roles": ["member"],
        "fields": {"topic": {"type": "string", "title": "Topic", "required": True}},
    },
    "machine": {
        "initial": "review",
        "states": {
            "review": {"on": {"fine": "done", "rework": "revision", "overdue": "escalated"}},
            "revision": {"on": {"revised": "review"}},
            "escalated": {"on": {"accepted": "done", "refused": "lost", "more_time": "revision"}},
            "done": {"final": True},
            "lost": {"final": True},
        },
    },
    "steps": {
        "review": {
            "title": "Review it",
            "policy": "4.1",
            "seats": {"tester": {"role": "tester"}},
            "outcomes": {"fine": {"event": "fine"}, "rework": {"event": "rework"}},
            "reminders": ["P1D", "P3D", "P4D"],
            "deadline": {"after": "P5D", "event": "overdue", "goes_on": True},
        },
        "revision": {
            "title": "Revise it",
            "policy": "4.1",
            "seats": {"anyone": {"role": "member"}},
            "outcomes": {"revised": {"event": "revised"}},
        },
        "escalated": {
            "title": "Decide it",
            "policy": "4.1",
            "seats": {"leader": {"role": "systems-administration-leader"}},
            "outcomes": {
                "accept": {"event": "accepted"},
                "more_time": {"event": "more_time"},
                "refuse": {"event": "refused"},
            },
        },
    },
}

ACCESS: dict[str, Any] = {
    "process": "access",
    "title": "Access to production",
    "summary": "Somebody has access for four hours, and four more whenever a leader agrees.",
    "policy": ["4.1"],
    "number": "y",
    "rules": 1,
    "start": {
        "roles": ["systems-administrator"],
        "fields": {
            "reason": {"type": "string", "title": "Reason", "required": True},
            "severity": {
                "type": "choice",
                "title": "Severity",
                "required": True,
                "choices": {"high": "High", "low": "Low"},
            },
        },
    },
    "machine": {
        "initial": "approval",
        "states": {
            "approval": {"on": {"approved": "open", "refused": "kept_out"}},
            "open": {
                "parallel": {
                    "using": {},
                    "requests": {
                        "initial": "asking",
                        "states": {
                            "asking": {"on": {"asked": "deciding"}},
                            "deciding": {"on": {"agreed": "extended", "declined": "asking"}},
                            "extended": {
                                "title": "More time",
                                "initial": "noted",
                                "states": {"noted": {"final": True}},
                                "on": {"done": "asking"},
                            },
                        },
                    },
                },
                "on": {"given_back": "closed", "time_over": "closed"},
            },
            "closed": {"final": True},
            "kept_out": {"final": True},
        },
    },
    "steps": {
        "approval": {
            "title": "Let them in",
            "policy": "4.1",
            "seats": {"leader": {"role": "systems-administration-leader", "not": ["opener"]}},
            "outcomes": {"approve": {"event": "approved"}, "refuse": {"event": "refused"}},
        },
        "using": {
            "title": "Use the access",
            "policy": "4.1",
            "seats": {"user": {"person": "opener"}},
            "outcomes": {"give_back": {"event": "given_back"}},
            "deadline": {"after": "PT4H", "event": "time_over"},
            "reminders": ["PT3H"],
        },
        "asking": {
            "title": "Ask for more time",
            "policy": "4.1",
            "seats": {"user": {"role": "systems-administrator"}},
            "outcomes": {"ask": {"event": "asked"}},
        },
        "deciding": {
            "title": "Give more time",
            "policy": "4.1",
            "seats": {
                "leader": {
                    "role": "systems-administration-leader",
                    "not": ["opener", {"signers": "asking"}],
                }
            },
            "outcomes": {"agree": {"event": "agreed"}, "decline": {"event": "declined"}},
        },
    },
    "effects": [{"enter": "extended", "extend": {"step": "using", "by": "PT4H"}}],
    "invariants": [
        {
            "before": "extended",
            "signed": {"role": "systems-administration-leader", "in": ["deciding"]},
            "policy": "4.1",
            "firm": True,
        }
    ],
}


def timed(data: dict[str, Any]) -> Definition:
    """Return the definition of plain data, with the matrix that is in force."""
    return Definition.build(data, load_exclusivity().to_json())
