"""What every room stands on: accounts, access, audit, jobs, imports, files, clock, parameters, company settings.

Its verbs: record (audit), enqueue (jobs), accept and undo (imports), require (access). Administrators enter its pages.
"""
