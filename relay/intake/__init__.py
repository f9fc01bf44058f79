"""The one way in: a push, an answer, a shop's order or a correction becomes facts and state in one transaction.

record     pushes and what they say     parcels   orders and shipments, from a shop or a person
state      facts -> state -> news       refused   what was turned away, counted
"""

from relay.intake.state import Policy

__all__ = ["Policy"]
