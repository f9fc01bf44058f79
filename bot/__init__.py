"""The Slack app: asked in one line, it answers from local data; it corrects only what may be corrected.

app        Bolt over HTTP or Socket Mode                          reader    who asks: language and zone
faults     one answer to every error                              rights    who may correct
acks       Bolt set right, its logs kept short                    people    what Slack says of them, remembered
commands   /track and its sub-words                               typed     what is typed and pasted
doing      those that do something                                asked     a question and its answer
mentions   in threads, the two shortcuts                          lookup    from what is typed to a card
links      previews                                               manifest  what the app asks of Slack
actions    what buttons and modals do                             channel   how the outbox posts
blocks     pure: values of the desk -> what Slack draws           words     in pt-BR, es and en
home       App Home and the morning list                          values    what blocks are made of
noting     notes on carriers and regions                          leavers   what was theirs goes to the owner
naming     who is named and not called
answering  how a question that was kept is answered               spoken    such an answer, and who reads it
looks      whether Slack still takes us                   digest    a chart where Slack does not draw it
responding by the address that came with a question              standing  what is asked again stands there already
"""
