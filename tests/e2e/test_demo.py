"""`wismo demo` as a newcomer uses it: a command, then a browser's forms."""

import html
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import WISMO, eventually, free_port

HERE = str(Path(__file__).parents[2])


@dataclass
class Demo:
    """The demo in a process of its own, and a browser that looks at it."""

    folder: Path
    port: int = field(default_factory=free_port)
    panel_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        # A setting and a .env of real life: neither may be read.
        (self.folder / ".env").write_text("WISMO_MAIL_URL=smtp://mail.example:25\nWISMO_NO_SUCH_SETTING=1\n")
        arguments = ("demo", "--port", str(self.port), "--panel-port", str(self.panel_port), "--folder", "data")
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": HERE, "WISMO_DATABASE_URL": "sqlite:/nowhere/real.db"}
        with (self.folder / "said.txt").open("w") as said:
            self.process = subprocess.Popen(
                [*WISMO, *arguments], cwd=self.folder, env=environment, text=True, stdout=said, stderr=said
            )
        eventually(self.answers, "the demo answers")

    def answers(self) -> bool:
        try:
            return all(httpx.get(url, timeout=2).status_code == 200 for url in (self.url, f"{self.relay_url}/live"))
        except httpx.HTTPError:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.panel_port}/"

    @property
    def relay_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        return (self.folder / "said.txt").read_text()

    def page(self, path: str = "") -> str:
        answer = httpx.get(self.url + path, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.text

    def submit(self, path: str, **fields: str) -> str:
        """Fill in a form and send it; the page that it leads to."""
        answer = httpx.post(self.url + path, data=fields, timeout=60, follow_redirects=True)
        assert (answer.status_code, str(answer.url)) == (200, self.url), answer.text
        return answer.text

    def card(self, order: str) -> str:
        """What the front page says of an order."""
        cards = [
            text_of(card) for card in re.findall(r'<article class="parcel">(.*?)</article>', self.page(), re.DOTALL)
        ]
        return next(card for card in cards if card.startswith(f" Order {order} "))

    def order(self, journey: str = "It arrives the next day", locale: str = "en") -> str:
        """Its number."""
        assert f"<option>{journey}</option>" in self.page(), "the form offers it"
        packed = re.search(r"Order (\d+) is packed", self.submit("orders", name="Ana", locale=locale, journey=journey))
        assert packed
        return packed[1]

    def parcel(self, order: str) -> dict[str, Any]:
        """As a second shell sees it, by the command that the demo printed."""
        database = re.search(r"WISMO_DATABASE_URL=(\S+)", self.said)
        assert database
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": HERE, "WISMO_DATABASE_URL": database[1]}
        shown = subprocess.run(
            [*WISMO, "track", order, "--json"],
            env=environment,
            cwd=self.folder / "data",
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        parcel: dict[str, Any] = json.loads(shown.stdout)["shipments"][0]
        return parcel

    def mails(self, order: str) -> dict[str, str]:
        """The mails about an order, oldest first: what each says of it, and the path of its page."""
        lines = re.findall(r'href="/(mail/\d+)".*?<strong>(.*?)</strong>', self.page("mail"), re.DOTALL)
        own = f" v{order}abc-01"
        return {html.unescape(told).removesuffix(own): path for path, told in lines[::-1] if told.endswith(own)}

    def family(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One for all tests that leave it as it should be."""
    with running(tmp_path_factory.mktemp("demo")) as made:
        yield made


@pytest.fixture
def own_demo(tmp_path: Path) -> Iterator[Demo]:
    """One that a test may end."""
    with running(tmp_path) as made:
        yield made


@contextmanager
def running(folder: Path) -> Iterator[Demo]:
    made = Demo(folder)
    try:
        made.start()
        yield made
    finally:
        if made.process is not None:
            made.process.kill()
            made.process.wait(10)


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_parcel_is_followed_from_the_order_to_the_door_with_and_without_pushes(demo: Demo) -> None:
    assert demo.url.rstrip("/") in demo.said
    assert demo.relay_url in demo.said

    order = demo.order(locale="pt-BR")
    ((subject, path),) = demo.mails(order).items()
    assert subject == "Envio registrado: Pedido"
    mail, picture = demo.page(path), demo.page(f"{path}/html")
    link = re.search(rf"{demo.relay_url}/t/[\w-]+", mail)
    assert link
    assert "Olá, Ana" in text_of(mail)
    assert link[0] in picture
    assert "Olá, Ana" in text_of(picture)
    assert "A transportadora já foi avisada" in httpx.get(link[0]).text

    demo.submit("steps", minutes="1620")  # 27 hours
    assert demo.parcel(order)["status"] == "out_for_delivery"
    shown = demo.submit("steps", minutes="until-delivered")
    assert "Delivered" in text_of(shown.partition('id="parcels"')[2])
    news = ("Envio registrado", "Saiu para entrega", "Entregue")
    assert list(demo.mails(order)) == [f"{words}: Pedido" for words in news]
    assert "O pacote foi entregue" in httpx.get(link[0]).text


def test_the_shop_is_told_all_the_way_and_what_it_shows_is_the_receipt(demo: Demo) -> None:
    order = demo.order()
    assert "It tells Wismo of orders by its hook and its feed" in text_of(demo.page())
    assert "The shop shows: “Shipping order”, 1 line, a link to our page" in demo.card(order)

    shown = text_of(demo.submit("steps", minutes="until-delivered").partition('id="told"')[2])
    assert "The shop shows: “Order shipped”, 6 lines, delivered, a link to our page" in demo.card(order)
    assert f"{order} 6 lines, the newest “Delivered”, and that it is delivered invoice" in shown
    (written,) = [message for message in demo.parcel(order)["messages"] if message["channel"] == "shop"]
    assert (written["status"], written["state"], written["attempts"]) == ("delivered", "sent", 1)
    assert re.fullmatch(r"receipt [0-9a-f]{32}; reads delivered \S+, 6 lines", written["receipt"])


def test_a_shop_that_lets_nobody_write_is_said_with_the_remedy_and_told_afterwards(demo: Demo) -> None:
    demo.submit("faults", shop="It lets us read, not write (403)")
    order = demo.order()
    assert "The shop shows: “Delivering to carrier”, 0 lines" in demo.card(order)
    assert "The shop differs (no_rights)" in demo.card(order)
    assert "In VTEX's Admin give the key's role the resource 'Notify invoice (OMS)'" in text_of(demo.page())
    assert httpx.get(f"{demo.relay_url}/health").status_code == 503
    assert list(demo.mails(order)) == ["Shipment registered: Order"], "the customer waits for no shop"

    demo.submit("faults", shop="As it should")
    shown = text_of(demo.submit("steps", minutes="10"))
    assert "Well: every promise is kept" in shown
    assert "The shop shows: “Shipping order”, 1 line, a link to our page" in demo.card(order)
    assert "The shop differs" not in demo.card(order)


def test_an_order_of_which_no_call_arrives_is_found_in_the_shops_feed(demo: Demo) -> None:
    demo.submit("faults", shop="Its calls do not reach us")
    order = demo.order()
    demo.submit("steps", minutes="10")
    demo.submit("faults", shop="As it should")
    assert "Shipment registered" in demo.card(order)
    assert list(demo.mails(order)) == ["Shipment registered: Order"]


def test_what_somebody_marks_as_delivered_in_the_shop_is_listed_until_it_is_true(demo: Demo) -> None:
    order = demo.order()
    assert f"Somebody set order {order} to delivered" in text_of(demo.submit("admin", order=order))
    demo.submit("steps", minutes="240")
    assert "The shop differs (finished_in_shop)" in demo.card(order)
    assert list(demo.mails(order)) == ["Shipment registered: Order"]
    demo.submit("steps", minutes="until-delivered")
    assert "The shop differs" not in demo.card(order)
    assert "The shop shows: “Order shipped”, 6 lines, delivered" in demo.card(order)


def test_a_silent_carrier_is_asked_and_one_that_refuses_us_becomes_an_incident(demo: Demo) -> None:
    order = demo.order()
    before = demo.parcel(order)
    assert before["status"] == "info_received"

    demo.submit("faults", push="It says nothing")
    assert "It says nothing" in text_of(demo.submit("steps", minutes="180"))
    assert "Wismo does not know yet: “Picked up”" in text_of(demo.page())
    demo.submit("steps", minutes="180")
    asked = demo.parcel(order)
    assert asked["status"] == "in_transit"
    assert asked["asked_at"] > (before["asked_at"] or before["heard_at"])
    assert {event["via"] for event in asked["events"] if event["code"] == "PU"} == {"poll"}

    demo.submit("faults", answer="It refuses our key (401)")
    shown = text_of(demo.submit("steps", minutes="360"))
    assert "Not well: UPS refuses our key" in shown
    assert httpx.get(f"{demo.relay_url}/health").status_code == 503

    demo.submit("faults", push="As it should", answer="As it should")
    shown = text_of(demo.submit("steps", minutes="60"))
    assert "Well: every promise is kept" in shown


@dataclass
class Chat:
    """Somebody at the demo's Slack, as a browser sees it."""

    demo: Demo
    user: str
    channel: str = "C000SUPP01"
    page: str = ""

    def type(self, text: str) -> str:
        return self.post("write", text=text)

    def press(self, label: str) -> str:
        """The last button of that name, on a message or in the window that is open."""
        forms = re.findall(r"<form .*?</form>", self.page, re.DOTALL)
        buttons = [
            (form, button[1])
            for form in forms
            for button in re.finditer(r'<button name="press" value="([^"]+)"[^>]*>([^<]*)</button>', form)
            if html.unescape(button[2]) == label
        ]
        form, value = buttons[-1]
        (kind, where), *_ = re.findall(r'name="(message|view)" value="([^"]+)"', form)
        return self.post("act", press=html.unescape(value), **{kind: where})

    @property
    def window(self) -> str:
        return self.page.partition('class="shade"')[2]

    def fill(self, **values: str) -> None:
        """Fields by their block; one that tells at once is told of."""
        for block, value in values.items():
            (field,) = set(re.findall(rf'name="({block}\|[^"|]+)"', self.window))
            press = field if f'name="press" value="{field}"' in self.window else ""
            path = "act" if press else "submit"
            self.post(path, press=press, view=self.view, **{field: value})

    def submit(self) -> str:
        return self.post("submit", view=self.view)

    @property
    def view(self) -> str:
        found = re.search(r'name="view" value="([^"]+)"', self.window)
        assert found, "a window is open"
        return found[1]

    def post(self, path: str, **fields: str) -> str:
        data = {"user": self.user, "channel": self.channel, **fields}
        answer = httpx.post(f"{self.demo.url}slack/{path}", data=data, timeout=30, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        self.page = answer.text
        return text_of(self.page)


LEAD, AGENT, PORTUGUESE = "U000LEAD01", "U000AGENT1", "U000LEAD02"


def test_a_card_comes_in_slack_and_what_is_corrected_there_reaches_customer_and_shop(demo: Demo) -> None:
    order = demo.order()
    demo.submit("steps", minutes="1620")  # out for delivery
    chat = Chat(demo, LEAD)
    card = chat.type(f"/track {order}")
    assert "Only visible to you" in card
    assert f"number {order}" in card
    assert "Out for delivery" in card

    assert "Choose a status to see what would happen" in chat.press("Override")
    chat.fill(status="delivered", effects="write")
    assert "The shop is told in" in text_of(chat.window)
    assert "Please complete this required field." in chat.submit()
    chat.fill(reason="short", proof=order[-4:])
    assert "At least 10 characters" in text_of(chat.window)
    chat.fill(reason="The customer called and has it")
    assert "is now shown as “delivered”" in text_of(chat.window)
    assert demo.parcel(order)["override"]["reason"] == "The customer called and has it"
    assert "delivered" not in demo.card(order).partition("The shop shows")[2], "it waits, and can be undone"

    demo.submit("steps", minutes="10")
    assert re.search(r"The shop shows: “Order shipped”, \d lines, delivered", demo.card(order))
    assert demo.parcel(order)["override"]["status"] == "delivered"


def test_who_may_not_correct_is_told_who_may(demo: Demo) -> None:
    order = demo.order()
    chat = Chat(demo, AGENT)
    chat.type(f"/track {order}")
    assert ">Check now</button>" in chat.page
    assert ">Override</button>" not in chat.page
    assert "You may not correct. These may: @Lead" in chat.type(f"/track override {order}")
    assert not chat.window


def test_a_mention_is_answered_in_its_thread_in_the_readers_language(demo: Demo) -> None:
    order = demo.order()
    chat = Chat(demo, PORTUGUESE)
    shown = chat.type(f"@wismo {order}").rpartition(f"@wismo {order}")[2]
    assert "Only visible to you" not in shown
    assert "Corrigir status" in shown


def test_home_is_opened_and_shows_no_trouble(demo: Demo) -> None:
    answer = httpx.get(f"{demo.url}slack?user={PORTUGUESE}&channel=home", timeout=30, follow_redirects=True)
    assert "Meus acompanhamentos" in text_of(answer.text)


def test_a_link_to_a_customers_page_is_unfurled(demo: Demo) -> None:
    page = demo.parcel(demo.order())["page_url"]
    chat = Chat(demo, LEAD)
    chat.type(f"see {page} please")
    assert 'class="unfurl"' in chat.page


def test_what_slack_does_not_take_is_said(demo: Demo) -> None:
    chat = Chat(demo, LEAD)
    chat.type("not seen by the app")
    thread = re.findall(r'name="thread_ts" value="([^"]+)"', chat.page)[-1]
    assert "Slack takes no commands in a thread" in chat.post("write", text="/track 1", thread_ts=thread)
    assert "what you pressed is no longer there" in chat.post("act", press="a|b", message="1.0")
    assert "this window is no longer open" in chat.post("submit", view="V1")


def test_what_cannot_be_done_is_said_on_the_page(demo: Demo) -> None:
    assert "Use 1 to 43200" in text_of(demo.submit("steps", minutes="-5"))
    assert "Use one of: pt-BR, es, en" in text_of(demo.submit("orders", name="Ana", locale="fr", journey="x"))
    assert "nothing is known under '<b>9'" in text_of(demo.submit("checks", order="<b>9"))
    assert "the shop has no order '<b>9'" in text_of(demo.submit("admin", order="<b>9"))
    assert "‘it sulks’ is unknown. Choose from the lists" in text_of(demo.submit("faults", shop="it sulks"))
    assert httpx.get(demo.url + "mail/999").status_code == 404


def test_it_ends_at_once_also_while_the_carrier_hangs_and_leaves_no_process(own_demo: Demo) -> None:
    own_demo.order()
    own_demo.submit("faults", answer="It hangs, a letter a second")
    own_demo.submit("steps", minutes="420")
    family = own_demo.family()
    assert len(family) >= 2
    assert own_demo.stop() == 0
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "nobody is left")
    assert "Traceback" not in own_demo.said


def test_it_ends_with_a_word_if_its_worker_dies(own_demo: Demo) -> None:
    assert own_demo.process is not None
    for worker in own_demo.family()[1:]:
        os.kill(worker, signal.SIGKILL)
    assert own_demo.process.wait(15) == 1
    assert "the demo broke off" in own_demo.said


def test_a_port_that_is_taken_is_said_with_the_remedy(demo: Demo) -> None:
    arguments = ("demo", "--port", str(free_port()), "--panel-port", str(demo.panel_port))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": HERE, "TMPDIR": str(demo.folder)}
    second = subprocess.run(
        [*WISMO, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert second.returncode == 1
    assert "give --panel-port" in second.stderr
