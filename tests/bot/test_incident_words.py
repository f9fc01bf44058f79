"""Every kind of incident that is opened anywhere is told in every language, with its figures."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.values import Reader
from bot.words import incidents, say, sentences, troubles
from relay.desk.facets import Trouble
from relay.errors import BadInput, NotFound
from tests.conftest import NOON

RELAY = Path(__file__).parents[2] / "relay"
LOCALES = ["pt-BR", "es"]
#: What opens an incident, or says what is wrong, of the kind it is given: where in the code, and which argument it is.
OPENERS = {"open_incident": ("", None), "Check": ("watch", 0), "Trouble": ("desk", 0)}


# -- which kinds there are ---------------------------------------------------------------------------------------------


@cache
def modules() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text()) for path in sorted(RELAY.rglob("*.py"))}


@cache
def constants(path: Path) -> dict[str, str]:
    """Texts that a module gives names to."""
    pairs = [pair for node in modules()[path].body for pair in named_in(node)]
    return {
        name.id: value.value
        for name, value in pairs
        if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str)
    }


def named_in(node: ast.stmt) -> list[tuple[ast.expr, ast.expr]]:
    """Names and what they are given, one by one."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            return list(zip(names, values, strict=True))
        case ast.Assign(targets=[name], value=value):
            return [(name, value)]
        case ast.AnnAssign(target=name, value=ast.expr() as value):
            return [(name, value)]
    return []


def constant(name: str, path: Path) -> str | None:
    """Of the module, else of the one that it took the name from."""
    imported = [
        RELAY.parent.joinpath(*node.module.split("."))
        for node in ast.walk(modules()[path])
        if isinstance(node, ast.ImportFrom) and node.module and name in {alias.name for alias in node.names}
    ]
    homes = [path, *(home / "__init__.py" if home.is_dir() else home.with_suffix(".py") for home in imported)]
    return next((constants(home)[name] for home in homes if home in modules() and name in constants(home)), None)


def calls_of(name: str, within: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(within):
        if isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}:
            yield node


def argument(call: ast.Call, name: str, place: int | None) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    return named or (call.args[place] if place is not None and place < len(call.args) else None)


def functions_around(module: ast.Module, call: ast.Call) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and any(inner is call for inner in ast.walk(node)):
            yield node


def kinds_of(path: Path, call: ast.Call, given: ast.expr | None) -> Iterator[str]:
    """The texts that an argument may be: itself, a constant, or what the callers of its function give."""
    module = modules()[path]
    match given:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if constant(name, path):
            yield constant(name, path) or ""
        case ast.Name(id=name):
            for function in functions_around(module, call):
                names = [one.arg for one in function.args.args]
                for outer in calls_of(function.name, module) if name in names else ():
                    yield from kinds_of(path, outer, argument(outer, name, names.index(name)))


@cache
def opened() -> dict[str, list[Path]]:
    """Every kind, and the modules that open it."""
    found: dict[str, list[Path]] = {}
    for path, module in modules().items():
        for opener, (room, place) in OPENERS.items():
            for call in calls_of(opener, module) if room in {"", path.parent.name} else ():
                given = argument(call, "kind", place)
                is_passed_on = isinstance(given, ast.Attribute | ast.Subscript) or path.name == "alarms.py"
                kinds = list(kinds_of(path, call, given))
                assert kinds or is_passed_on, f"{path}:{call.lineno}: which kinds of incidents are opened here?"
                for kind in kinds:
                    found.setdefault(kind, []).append(path)
    return found


def words_of(kind: str) -> dict[str, incidents.Words]:
    return {key: words for key, words in incidents.KINDS.items() if key.partition(".")[0] == kind}


def figures_in(path: Path) -> set[str]:
    """Names under which figures are given in a module or beside it."""
    room = [path] if path.parent == RELAY or path.parent.name != "watch" else list(path.parent.glob("*.py"))
    nodes = [node for one in room for node in ast.walk(modules()[one])]
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)]
    return {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def places(text: str) -> set[str]:
    return {part.partition(")")[0] for part in text.split("%(")[1:]}


def test_kinds_are_found_as_texts_as_constants_and_as_what_callers_give() -> None:
    assert {"copied", "ask_failing", "shop_down", "shop_refused", "watch_blind", "held_rule"} <= opened().keys()


def test_every_kind_that_is_opened_has_words() -> None:
    assert [kind for kind in opened() if not words_of(kind)] == []


def test_no_words_are_kept_for_a_kind_that_nobody_opens() -> None:
    assert sorted({key.partition(".")[0] for key in incidents.KINDS} - opened().keys()) == []


def test_the_figures_that_words_need_are_given_where_the_kind_is_opened() -> None:
    lacking = {
        key: places(words.title + words.remedy).difference(*map(figures_in, paths))
        for kind, paths in opened().items()
        for key, words in words_of(kind).items()
    }
    assert {key: names for key, names in lacking.items() if names} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_words_are_translated(locale: str) -> None:
    texts = {text for words in incidents.KINDS.values() for text in (words.title, words.remedy) if text}
    assert [text for text in sorted(texts) if say(locale)(text) == text] == []


# -- how they read -----------------------------------------------------------------------------------------------------


def told(of: Trouble, locale: str) -> tuple[str, str]:
    reader = Reader("U1", locale=locale)
    return troubles.title(of, reader, NOON), troubles.remedy(of, reader, NOON)


def test_an_incident_reads_in_its_readers_language_with_its_numbers_as_they_are_written_there() -> None:
    of = Trouble("disk", "English", "English", {"disk": "database", "left_gb": 0.4, "wanted_gb": 1234.5})
    assert told(of, "pt-BR") == (
        "o disco está quase cheio (banco de dados): 0,4 GB livres, 1.234,5 GB necessários",
        "Libere espaço: quando estiver cheio, notificações são recusadas com 503",
    )


def test_the_words_of_its_case_come_before_those_of_its_kind() -> None:
    figures = {"case": "redirect", "carrier": "DHL", "failure": "redirect", "setting": "WISMO_DHL_API_URL"}
    assert told(Trouble("ask_failing", "", "", figures), "es") == (
        "DHL no da una respuesta utilizable: nos envía a otra dirección",
        "Corrija WISMO_DHL_API_URL, u omítalo",
    )


def test_what_the_far_side_said_and_advises_is_told_in_the_readers_language_where_it_is_known() -> None:
    figures = {
        "what": "VTEX did not answer: ConnectError refused",
        "advice": "Check WISMO_VTEX_ACCOUNT and WISMO_VTEX_URL",
    }
    assert told(Trouble("shop_down", "", "", figures), "pt-BR") == (
        "a loja não dá resposta utilizável: nenhum pedido é lido (a VTEX não respondeu: ConnectError refused)",
        "Confira WISMO_VTEX_ACCOUNT e WISMO_VTEX_URL",
    )


@pytest.mark.parametrize("figures", [{}, {"hours": 3}])
def test_a_kind_or_figures_of_another_version_are_told_in_their_own_words(figures: dict[str, int]) -> None:
    for kind in ("of_tomorrow", "disk"):
        assert told(Trouble(kind, "Odd <thing>", "Look", figures), "pt-BR")[0] == "Odd \u2039thing\u203a"
    assert told(Trouble("of_tomorrow", "Odd", "Look", figures), "pt-BR")[1] == "Look"


def test_figures_are_outside_text() -> None:
    of = Trouble("copied", "", "", {"known": "<!channel> *x*"})
    assert "<!channel>" not in told(of, "en")[0]


# -- sentences of the desk ---------------------------------------------------------------------------------------------


@cache
def said_in_the_code() -> frozenset[str]:
    """Every text of the code, with a place for each value."""
    roots = [*modules().values(), *(ast.parse(path.read_text()) for path in (RELAY.parent / "bot").glob("*.py"))]
    return frozenset(text for module in roots for node in ast.walk(module) if (text := text_of(node)))


def text_of(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            text = "".join(text_of(part) if isinstance(part, ast.Constant) else "\0" for part in parts)
            return re.sub("\0+", "\0", text)
    return ""


def with_places(sentence: str) -> str:
    first, *rest = sentence.split("%(")
    return first + "".join("\0" + part.partition(")s")[2] for part in rest)


def is_said(sentence: str) -> bool:
    """As a whole, or by a text of the code that is filled with a part of it."""
    sought = with_places(sentence)
    long = [text for text in said_in_the_code() if "\0" in text and len(text) >= len(sought) / 2]
    patterns = (".+".join(map(re.escape, text.split("\0"))) for text in long)
    return sought in said_in_the_code() or any(re.fullmatch(one, sought, re.DOTALL) for one in patterns)


def test_every_sentence_is_said_somewhere_as_it_stands() -> None:
    assert [one for one in sentences.SENTENCES if not is_said(one)] == []


def test_a_sentence_that_nobody_says_is_found_out() -> None:
    assert not is_said("Look at the order once more, please")
    assert not is_said("VTEX does not answer: %(why)s")


def test_a_refusal_is_told_in_the_readers_language_with_what_was_typed() -> None:
    reader = Reader("U1", locale="pt-BR")
    refused = BadInput("until", "'<32/13>' is no date", "Write 2026-12-24 or 2026-12-24T18:00")
    assert (
        sentences.refusal(refused, reader)
        == "até: \u203932/13\u203a não é uma data. Escreva 2026-12-24 ou 2026-12-24T18:00"
    )
    unknown = NotFound("never <heard>", "Look")
    assert sentences.refusal(unknown, reader) == "never \u2039heard\u203a. Look"
