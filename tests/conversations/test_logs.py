import pytest

from conversations.logs import Log, UnknownFieldError, log


def test_a_field_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(UnknownFieldError, match="text"):
        log(Log.MESSAGE_RECEIVED, conversation=1, seq=1, text="my words")


def test_no_entry_of_the_catalogue_has_a_place_for_words() -> None:
    words = {"text", "message", "email", "name", "address", "body", "reply", "query"}
    assert not [event.name for event in Log if words & set(event.value[1])]
