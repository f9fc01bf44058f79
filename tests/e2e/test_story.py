"""What carriers say of a parcel, in whatever order and however often, ends in one state and one mail per news."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import permutations
from random import Random

import pytest

from tests.e2e.conftest import eventually
from tests.e2e.story import VOICES, Said, Scan, Shop, Voice, easypost, open_shop, standard, ups

ON_ITS_WAY, OUT, DELIVERED = "On its way", "Out for delivery", "Delivered"
NEWS = (ON_ITS_WAY, OUT, DELIVERED)
LIFE = (Scan("in_transit", 180), Scan("out_for_delivery", 120), Scan("delivered", 60))
#: Said to be delivered, taken back, and delivered once more.
SECOND_LIFE = (LIFE[0], LIFE[2], Scan("out_for_delivery", 40), Scan("delivered", 20))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One process for all stories; every parcel belongs to one of them."""
    with open_shop(tmp_path_factory.mktemp("shop"), WISMO_LIVE="yes") as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel and the stages of its life in the order in which its pushes arrive."""

    order: str
    voices: tuple[Voice, ...]  #: who tells each of them
    stages: tuple[int, ...]

    @property
    def carrier(self) -> str:
        return VOICES[self.voices[-1]]

    @property
    def number(self) -> str:
        return f"{self.order}-{self.carrier}".upper().replace("-", "0")

    def pushes(self, step: int) -> list[Said]:
        scans = LIFE[: self.stages[step] + 1]
        return [
            standard(self.number, scans, self.carrier) if voice is standard else voice(self.number, scans)
            for voice in self.voices
        ]

    def news(self, steps: int) -> list[str]:
        """What the customer has read by then: each stage once and forwards, and no delivery out of the blue."""
        known: set[int] = set()
        told: list[str] = []
        for stage in self.stages[:steps]:
            known |= set(range(stage + 1)) if easypost in self.voices else {stage}
            present = NEWS[max(known)]
            if present not in told and known != {2}:
                told.append(present)
        return told


def parcels_of(prefix: str, seed: int) -> list[Parcel]:
    """Every order of arrival from every sender, and from two that tell of the same parcel; each push repeated."""
    random = Random(seed)
    voices: list[tuple[Voice, ...]] = [(ups,), (standard,), (easypost,), (standard, easypost)]
    return [
        Parcel(f"{prefix}{n}", who, _repeated(order, random))
        for n, (who, order) in enumerate((who, order) for who in voices for order in permutations(range(3)))
    ]


def _repeated(order: Sequence[int], random: Random) -> tuple[int, ...]:
    """Each once more, somewhere after its first arrival."""
    arrivals = list(order)
    for stage in order:
        arrivals.insert(random.randint(arrivals.index(stage) + 1, len(arrivals)), stage)
    return tuple(arrivals)


def test_every_order_of_arrival_ends_in_one_state_and_one_mail_per_news(shop: Shop) -> None:
    parcels = parcels_of("calm", seed=11)
    for parcel in parcels:
        shop.add(parcel.order, parcel.carrier, parcel.number)
    for step in range(6):
        shop.hear(*(said for parcel in parcels for said in parcel.pushes(step)))
        for parcel in parcels:
            shop.has_told(parcel.order, *parcel.news(step + 1))
    assert shop.waits_to_tell() == []
    for parcel in parcels:
        found = shop.parcel(parcel.order)
        assert (found["status"], found["held"]) == ("delivered", None)
        assert [event["status"] for event in found["events"]] == [scan.status for scan in LIFE]
        assert found["delivered_at"] == LIFE[2].at.isoformat(timespec="milliseconds")


def test_pushes_that_arrive_all_at_once_are_told_forwards_and_once(shop: Shop) -> None:
    parcels = parcels_of("storm", seed=12)
    for parcel in parcels:
        shop.add(parcel.order, parcel.carrier, parcel.number)
    pushes = [said for parcel in parcels for step in range(6) for said in parcel.pushes(step)]
    Random(13).shuffle(pushes)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(shop.hear, pushes))
    for parcel in parcels:
        eventually(lambda of=parcel: DELIVERED in shop.told(of.order), f"{parcel.order} is told")  # type: ignore[misc]  # a default binds it
    assert shop.waits_to_tell() == []
    for parcel in parcels:
        told = shop.told(parcel.order)
        assert told == sorted(set(told), key=NEWS.index), parcel.order
        assert shop.parcel(parcel.order)["status"] == "delivered"


SECOND_WORDS: dict[str, Said] = {
    "another-source": easypost("HELD0ANOTHER0SOURCE", [LIFE[2]]),
    "later-scan": standard("HELD0LATER0SCAN", [Scan("delivered", 30)], "usps"),
    "the-history": standard("HELD0THE0HISTORY", LIFE[:1], "usps"),
}


@pytest.mark.parametrize("kind", SECOND_WORDS)
def test_a_delivery_out_of_the_blue_is_held_until_a_second_word(shop: Shop, kind: str) -> None:
    order = f"held-{kind}"
    number = order.upper().replace("-", "0")
    shop.add(order, "usps", number)
    for _ in range(2):
        shop.hear(standard(number, LIFE, "usps"))
        found = shop.parcel(order)
        assert found["status"] == "pending"
        assert found["held"]["status"] == "delivered"
        assert found["held"]["reason"]
        assert found["messages"] == []
    for _ in range(2):
        shop.hear(SECOND_WORDS[kind])
        shop.has_told(order, DELIVERED)
    found = shop.parcel(order)
    assert (found["status"], found["held"]) == ("delivered", None)


@pytest.mark.parametrize("voice", VOICES)
def test_a_parcel_that_was_taken_back_and_delivered_again_is_told_again(shop: Shop, voice: Voice) -> None:
    order = f"again-{VOICES[voice]}"
    number = order.upper().replace("-", "0")
    shop.add(order, VOICES[voice], number)
    news = (ON_ITS_WAY, DELIVERED, OUT, DELIVERED)
    for stage in range(len(SECOND_LIFE)):
        for _ in range(2):
            shop.hear(voice(number, SECOND_LIFE[: stage + 1]))
            shop.has_told(order, *news[: stage + 1])
    for stage in range(len(SECOND_LIFE)):
        shop.hear(voice(number, SECOND_LIFE[: stage + 1]))
    assert shop.waits_to_tell() == []
    assert shop.told(order) == list(news)
    assert shop.parcel(order)["delivered_at"] == SECOND_LIFE[3].at.isoformat(timespec="milliseconds")


def test_what_was_said_before_the_order_was_known_applies_when_it_is(shop: Shop) -> None:
    shop.hear(easypost("EARLY1", LIFE[:2]), standard("EARLY2", LIFE[:1]))
    shop.add("early-1", "usps", "EARLY1")
    shop.add("early-2", "acme", "EARLY2")
    assert shop.parcel("early-1")["status"] == "out_for_delivery"
    assert shop.parcel("early-2")["status"] == "in_transit"
    shop.has_told("early-1", OUT)
    shop.has_told("early-2", ON_ITS_WAY)
    shop.add("early-1", "usps", "EARLY1")
    shop.hear(easypost("EARLY1", LIFE))
    shop.has_told("early-1", OUT, DELIVERED)


def test_the_mails_of_an_order_are_one_thread_and_each_has_an_id_of_its_own(shop: Shop) -> None:
    orders = ("thread-1", "thread-2")
    for order in orders:
        shop.add(order, "ups", order)
        for stage in range(len(SECOND_LIFE)):
            shop.hear(ups(order, SECOND_LIFE[: stage + 1]))
            eventually(lambda of=order, n=stage + 1: len(shop.told(of)) == n, "it is told")  # type: ignore[misc]  # defaults bind them
    mails = [mail for order in orders for mail in shop.mails(order)]
    ids = {mail["Message-ID"] for mail in mails}
    threads = [{(mail["References"], mail["In-Reply-To"]) for mail in shop.mails(order)} for order in orders]
    assert len(ids) == len(mails) == 8
    assert [len(thread) for thread in threads] == [1, 1]
    assert threads[0] != threads[1]
    assert ids.isdisjoint(reference for thread in threads for pair in thread for reference in pair)
