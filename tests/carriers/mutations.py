"""Messages as no sender would write them."""

from hypothesis import strategies as st

Place = tuple[str | int, ...]


def _json(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[object]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | numbers | st.text(st.characters()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=12,
    )


any_json = _json(st.floats())
#: Without the infinite numbers and NaN that some senders write and JSON does not know.
proper_json = _json(st.floats(allow_nan=False, allow_infinity=False))


def places(value: object, at: Place = ()) -> list[Place]:
    """The way to every member, however deep."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way for key, member in inside for way in ((*at, key), *places(member, (*at, key)))]


def changed(value: object, at: Place, new: object) -> object:
    if not at:
        return new
    if isinstance(value, dict):
        return value | {at[0]: changed(value[at[0]], at[1:], new)}
    assert isinstance(value, list)
    return [changed(member, at[1:], new) if index == at[0] else member for index, member in enumerate(value)]


def reversed_lists(value: object) -> object:
    if isinstance(value, dict):
        return {key: reversed_lists(member) for key, member in value.items()}
    return [reversed_lists(member) for member in reversed(value)] if isinstance(value, list) else value
