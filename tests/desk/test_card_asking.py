"""Of a carrier that lets nobody log in, a card says so at once, and not only once it is an incident."""

from relay.database import Database
from relay.desk import Desk
from relay.desk.card import card_of
from relay.desk.facets import Asked, ParcelCard
from relay.intake import Policy
from relay.settings import Settings
from relay.store import accounts
from tests.conftest import NOON
from tests.intake.steps import add_order, later

LOGS_IN = Settings(adapters={"ups": {"CLIENT_ID": "id", "CLIENT_SECRET": "secret"}})


def parcel(database: Database, policy: Policy) -> ParcelCard:
    with database.read() as tx:
        (found,) = card_of(tx, Desk(database, LOGS_IN, policy), "default", "1001", later(0.1)).parcels
    return found


def test_a_login_that_fails_is_an_ask_in_vain_until_it_works(database: Database, policy: Policy) -> None:
    add_order(database, policy)
    assert parcel(database, policy).asking.asked is Asked.NOT_YET
    database.write(lambda tx: accounts.mark_failing(tx, "ups", "timeout", NOON))
    found = parcel(database, policy)
    assert (found.asking.asked, found.asking.failure, found.tried_at) == (Asked.TRIED, "timeout", NOON)
    database.write(lambda tx: accounts.mark_working(tx, "ups"))
    assert parcel(database, policy).asking.asked is Asked.NOT_YET
