"""A definition with confidential fields, and one whose cases only some may see; for tests."""

from dataclasses import replace
from pathlib import Path

from store.cases import register_definition
from tests.support.acting import World
from tests.support.libraries import with_more
from web.app import create_app

REPORT = """\
process: secret-report
title: {en: Report in confidence}
summary: {en: "Somebody reports something that not everybody may read."}
policy: ["9.5"]
number: z
rules: 1
start:
  roles: [member]
  fields:
    details: {type: text, title: {en: Details}, required: true}
    topic: {type: string, title: {en: Topic}, required: true}
    proof: {type: file, title: {en: Proof}, kinds: [text/plain]}
machine:
  initial: reading
  states:
    reading: {on: {read: closed}}
    closed: {title: {en: Closed}, final: true, outcome: good}
steps:
  reading:
    title: {en: Read the report}
    policy: "9.5"
    seats: {reader: {title: {en: reader}, role: tester}}
    evidence:
      finding: {type: text, title: {en: Finding}, required: true}
    outcomes: {read: {title: {en: Read}, event: read}}
amend: {people: [opener], fields: [details], during: [reading]}
privacy:
  fields:
    details: {roles: [tester], people: [opener], policy: "9.1.4"}
    proof: {roles: [tester], people: [opener], judgement: "Papers may name others."}
    finding: {roles: [tester], policy: "9.1.4"}
"""
CLOSED = """\
process: closed-report
title: {en: Report behind a door}
summary: {en: "Only those who decide on it see that there is anything in it."}
policy: ["9.5"]
number: y
rules: 1
start:
  roles: [member]
  fields:
    topic: {type: string, title: {en: Topic}, required: true}
machine:
  initial: reading
  states:
    reading: {on: {read: closed}}
    closed: {title: {en: Closed}, final: true}
steps:
  reading:
    title: {en: Read the report}
    policy: "9.5"
    seats: {reader: {title: {en: reader}, role: tester}}
    outcomes: {read: {title: {en: Read}, event: read}}
privacy:
  case: {people: [opener], signers: true, policy: "9.1.4"}
"""

PRIVATE = """\
process: private-talk
title: {en: Talk in private}
summary: {en: "Two talk; that they did is public, what was said isn't."}
policy: ["9.1.4"]
number: x
rules: 1
start:
  roles: [member]
  fields:
    topic: {type: string, title: {en: Topic}, required: true}
machine:
  initial: talk
  states:
    talk: {on: {held: closed}}
    closed: {title: {en: Held}, final: true}
steps:
  talk:
    title: {en: Hold the talk}
    policy: "9.1.4"
    seats:
      asking: {title: {en: asking}, role: tester}
      asked: {title: {en: asked}, person: opener}
    evidence:
      notes: {type: text, title: {en: Notes}}
      letter: {type: file, title: {en: Letter}, kinds: [text/plain]}
    outcomes: {held: {title: {en: Held}, event: held}}
privacy:
  steps:
    talk: {roles: [tester], policy: "9.1.4.4"}
"""


def add_confidential(world: World, folder: Path) -> World:
    """Let cases of these definitions be opened in the world."""
    texts = {"secret-report": REPORT, "closed-report": CLOSED, "private-talk": PRIVATE}
    library = with_more(folder, texts)
    with world.stack.database.writing() as connection:
        for process in texts:
            register_definition(connection, library.current(process))
    services = replace(world.stack.services, library=library)
    world.stack.services = services
    world.stack.app = create_app(world.stack.settings, services)
    return world
