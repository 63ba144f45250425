import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.bsn import check_bsn, is_bsn


@pytest.mark.parametrize("bsn", ["999990342", "999993653"])
def test_a_number_that_passes_the_eleven_test_is_a_bsn(bsn: str) -> None:
    assert is_bsn(bsn)
    assert check_bsn(bsn) == bsn


@pytest.mark.parametrize("text", ["", "000000000", "999990343", "99999034", "9999903420", "99999034a", "٩٩٩٩٩٠٣٤٢"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_bsn(text)


@given(st.sampled_from(["999990342", "999993653"]), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(bsn: str, place: int, change: int) -> None:
    wrong = bsn[:place] + str((int(bsn[place]) + change) % 10) + bsn[place + 1 :]
    assert not is_bsn(wrong)


def test_the_error_does_not_repeat_the_number() -> None:
    with pytest.raises(ValueError, match=r"nine digits|negen cijfers") as caught:
        check_bsn("123456789")
    assert "123456789" not in str(caught.value)
