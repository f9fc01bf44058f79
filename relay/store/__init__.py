"""The queries, one file per subject. Every function takes the transaction it runs in; none decides anything.

orders    orders, shipments and the one look-up table      facts   tracks, facts, pushes
outbox    messages and their channels                      ledger  incidents, audit, leases, counters, keys, install
"""
