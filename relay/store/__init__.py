"""The queries, one file per subject. Every function takes the transaction it runs in; none decides anything.

orders    orders, shipments and the one look-up table      facts   tracks, facts, pushes
outbox    messages and their channels                      asks    whom to ask, when, what was answered
ledger    incidents, audit, leases, counters, keys, install
accounts  how often each may ask, what fails, tokens
listing   pages of shipments for scripts
reads     which orders of a shop are to be read           packages  the shop's side of shipments
"""
