"""The shell: home page of each role, jobs, administration, one's own account, catalogue of requirements.

Owns no rows. It stands above the rooms, so that a page may speak of accounts and of the persons behind them.
"""
