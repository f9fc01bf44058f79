"""A pretend world of real HTTP and SMTP servers on this machine, for `wismo demo` and the end-to-end tests.

world    starts it, steps its clock, says what is in it   panel        its pages for people
carrier  pushes, is asked, and fails on demand            looks        what they show: shop_looks, slack_looks
vtex     a store's platform, with all of its calls        faults       what may go wrong, and what is then seen
shop     people order there, and its warehouse packs      journeys     what happens to a parcel, and when
slack    a workspace and its people at the app            slack_page   where one sits among them
mailbox  a mail server that keeps what it takes           ups_format   how the carrier writes
serving  a web server in a thread                         stepped      a clock that can be put forward
moments  times in words
"""
