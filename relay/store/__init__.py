"""The queries, one file per subject. Every function takes the transaction it runs in; none decides anything.

orders    orders, shipments and the one look-up table      facts   tracks, facts, pushes
outbox    messages and their channels                      asks    whom to ask, when, what was answered
ledger    incidents, audit, leases, counters, keys, install
accounts  how often each may ask, what fails, tokens
listing   pages of shipments for scripts
heard     events of who repeats itself             lookups  keys that somebody can have meant
reads     which orders of a shop are to be read           packages  the shop's side of shipments
watches   who watches which order, who took what          notices   notes on a carrier's or a region's parcels
incidents as Slack is told of them                        mornings  the morning lists
canary    what our own pushes brought             cohorts   what stands still, and how much usually does
shares    what was read, known, told first or late        richness  how much answers say of a parcel
overrides what a correction made leave             rehearsal something done to see what comes of it
metrics   what monitoring counts
asked     what is asked in Slack, until it was answered
traffic  what came by the hour, and when we listened
"""
