"""The ground every room stands on: settings, the database, the lake, money, periods, words, errors.

Nothing here knows what a reward is. Rooms import what they need from the module that owns it:
`prm.settings`, `prm.database`, `prm.duck`, `prm.lake`, `prm.money`, `prm.period`, `prm.words`, `prm.errors`.
"""
