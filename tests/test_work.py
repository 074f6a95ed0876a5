"""That the counting of work tells what grows with the size from what grows with its square."""

from __future__ import annotations

import pytest

from tests.support.work import grows_with_the_size, work_of


def in_one_go(size: int) -> int:
    return sum(n for n in range(size))


def in_a_loop(size: int) -> int:
    found = 0
    for n in range(size):
        for m in range(n):
            found += m
    return found


def in_a_comprehension(size: int) -> int:
    return len([1 for n in range(size) for _ in range(n)])


def by_calls_into_c(size: int) -> list[bytes]:
    text, found = b"a" * size, []
    while text.startswith(b"a"):
        found.append(text[:1])
        text = text.removeprefix(b"a")
    return found


@pytest.mark.parametrize("square", [in_a_loop, in_a_comprehension])
def test_what_grows_with_the_square_is_told(square: object) -> None:
    assert callable(square)
    with pytest.raises(AssertionError, match="times the work"):
        grows_with_the_size(lambda size: work_of(lambda: square(size)), 200)


def test_what_grows_with_the_square_in_c_is_told() -> None:
    with pytest.raises(AssertionError, match="times the work"):
        grows_with_the_size(lambda size: work_of(lambda: by_calls_into_c(size)), 4_000)


def test_what_grows_with_the_size_is_not() -> None:
    grows_with_the_size(lambda size: work_of(lambda: in_one_go(size)), 200)


def test_a_count_is_the_same_each_time() -> None:
    assert work_of(lambda: in_a_loop(50)) == work_of(lambda: in_a_loop(50))
