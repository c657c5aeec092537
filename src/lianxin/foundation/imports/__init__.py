"""Files in: opened within limits, mapped to canonical columns, tried or taken as a batch that can be undone whole.

`running.run` takes a file in, `running.undo` takes a batch out; rooms declare their kinds in `<room>/imports.py` and register them
in `apps.py` with `kinds.register`.
"""
