"""The queries, one file per subject. Every function takes the transaction it runs in; none decides anything.

orders    orders, shipments and the one look-up table      facts   tracks, facts, pushes
outbox    messages and their channels                      asks    whom to ask, when, how often, what was answered
ledger    incidents, audit, leases, counters, keys, install
"""
