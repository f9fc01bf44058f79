"""The one way in: a push, an answer, a shop's order or a correction becomes facts and state in one transaction.

record    a push, kept and read again          parcels      orders and shipments, from a shop or a person
told      what it says of each parcel          corrections  a status set by a person
apply     that into facts, by track            refused      what was turned away, counted
state     facts -> state -> news                   said         who reads what is kept of whom
awaited   packages by order and invoice, known or not      oms          what carriers tell a shop
matching  who moves a parcel, by what its shop says
shop      a shop's order                         invoices     its packages, by invoice
copies    two copies of one purchase             cancelled    an order that was called off
notices   a shop's word that orders changed
answers   what was answered, and when to ask next  failures     asks that brought nothing usable
watchers  that Slack must be told
replay    what was kept, read again                references   whom a sender knows by its own id alone
canary    a push of our own, about nobody's parcel
"""

from relay.intake.policy import Policy

__all__ = ["Policy"]
