"""What cases do by themselves, done at once and without Temporal: lots, children, notices, time."""

from definitions.acts import CommitRequest, Head, SignedAct
from definitions.clock import stamp
from definitions.rules import next_due
from store.cases import load_case, running_cases
from store.children import children_to_start
from store.notices import notices_for
from store.queries.cases import cases_by_id
from tests.support.acting import World
from workflows.pieces import clock_act


def carry_on(world: World) -> None:
    """Do what is due in all cases, until nothing is: as their workflows would."""
    while _opened(world) or _noticed(world) or _due(world):
        pass


def child_of(world: World, number: str, name: str) -> str:
    """Return the number of the case that this one opened under a name."""
    case = world.state(number).children[name].case
    with world.stack.database.reading() as connection:
        return cases_by_id(connection, [case])[case].number


def _cases(world: World) -> list[str]:
    with world.stack.database.reading() as connection:
        return list(running_cases(connection))


def _opened(world: World) -> bool:
    with world.stack.database.reading() as connection:
        waiting = [
            one for case in running_cases(connection) for one in children_to_start(connection, case)
        ]
    known = {one.version: one for one in world.stack.services.library.definitions()}
    for one in waiting:
        definition = known[one.signed.act["definition"]]
        request = CommitRequest(one.signed, Head(), definition.text)
        _commit(world, request, definition.process)
    return bool(waiting)


def _noticed(world: World) -> bool:
    database, found = world.stack.database, False
    for case in _cases(world):
        for signed in notices_for(database, case):
            _send(world, case, signed)
            found = True
    return found


def _due(world: World) -> bool:
    now = stamp(world.stack.clock.now())
    for case in _cases(world):
        with world.stack.database.reading() as connection:
            row = cases_by_id(connection, [case])[case]
        due = next_due(row.state)
        if due is not None and due.at <= now:
            known = {one.version: one for one in world.stack.services.library.definitions()}
            head, _ = load_case(world.stack.database, case)
            _send(world, case, clock_act(known[row.version], row.state, head, due, now))
            return True
    return False


def _send(world: World, case: str, signed: SignedAct) -> None:
    head, state = load_case(world.stack.database, case)
    assert state is not None
    _commit(world, CommitRequest(signed, head), state["process"])


def _commit(world: World, request: CommitRequest, process: str) -> None:
    case = request.signed.act["case"]
    reply = world.gateway.committer.commit(request, process=process, workflow=case)
    assert reply.result in {"committed", "known"}, reply
