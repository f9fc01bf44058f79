"""Wismo watches every parcel of a shop: it receives, asks, remembers and announces.

A carrier pushes; intake turns what it says into facts, the facts into a state, and a new state into a message, in one
transaction; the outbox tells the customer; watch notices what time alone tells; the desk answers people.

web        the doors: pushes, the customer's page, health      model     the vocabulary
poll       asks carriers about quiet parcels
orders     reads the shop's orders                             silence   the rules of silence, pure
outbox     effects out                                         tracking  the rules of a parcel, pure
                                                               workdays  which days people and carriers work, pure
watch      what only time tells                                errors    what can go wrong
retention  what is erased, dropped, backed up, and when
desk       what a person may ask and do                        settings  WISMO_*
intake     the one way in                                      clock     the only place that knows the time
store      the queries   database, migrations  two engines     carriers  one file per carrier
channels   how a message leaves                                mail      the words and look of each mail
sandbox    a pretend world, for `wismo demo` and tests
cli        the wismo command: plugs real things together
"""
