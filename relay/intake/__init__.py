"""The one way in: a push, an answer, a shop's order or a correction becomes facts and state in one transaction.

record    a push, kept and read again          parcels      orders and shipments, from a shop or a person
told      what it says of each parcel          corrections  a status set by a person
apply     that into facts, by track            refused      what was turned away, counted
state     facts -> state -> news
"""

from relay.intake.state import Policy

__all__ = ["Policy"]
