from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from newsletter.storage.campaigns import manifest


@given(st.sets(st.integers(1, 2**40)))
def test_decoding_a_manifest_gives_back_its_ids(ids: set[int]) -> None:
    assert manifest.decode(manifest.encode(sorted(ids))) == sorted(ids)


@pytest.mark.parametrize("ids", [[2, 1], [1, 1], [0], [-3]])
def test_ids_that_do_not_ascend_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="ascend"):
        manifest.encode(ids)


def test_a_manifest_of_consecutive_ids_takes_one_byte_per_recipient() -> None:
    assert len(manifest.encode(range(1, 1001))) == 1000
