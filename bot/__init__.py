"""The Slack app: asked in one line, it answers from local data; it corrects only what may be corrected.

app        Bolt over HTTP or Socket Mode, one error handler      reader    who asks: language and zone
commands   /track and its sub-words, mentions, shortcuts          rights    who may correct
actions    what buttons and modals do                             channel   how the outbox posts
blocks     pure: values of the desk -> what Slack draws           words     in pt-BR, es and en
home       App Home and the morning list                          values    what blocks are made of
"""
