"""Run in a process of its own by the tests that kill it: python -m tests.appraisal.children COMMAND.

`setup` makes the small world with a scheme in force; `close` closes its month as often as TIMES says and prints each outcome as a
line of JSON, killing itself with SIGKILL as soon as it tells the step named in KILL_AT; `commands` runs the command lines given as
JSON on standard input, one after the other, and prints exit code and everything said of each.
"""

import contextlib
import io
import json
import os
import signal
import sys
import time

import django

django.setup()

from lianxin.appraisal import actions  # noqa: E402
from lianxin.appraisal.models import ScorePart  # noqa: E402
from lianxin.cli import main  # noqa: E402
from lianxin.foundation import laying_out  # noqa: E402
from lianxin.foundation.errors import Refused  # noqa: E402
from lianxin.foundation.models import Company  # noqa: E402
from tests.appraisal import world as worlds  # noqa: E402
from tests.appraisal.adopting import adopted  # noqa: E402


def setup() -> None:
    laying_out.bring_up_to_date()
    adopted(worlds.make())


def close() -> None:
    for _time in range(int(os.environ.get("TIMES", "1"))):
        _close()


def _close() -> None:
    kill_at = os.environ.get("KILL_AT", "")
    rest = float(os.environ.get("REST", "0"))

    def progress(share: float, text: str) -> None:
        if text == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(rest)

    try:
        outcome = actions.close(
            company=Company.objects.get(), month=worlds.MONTH, by=None, at=worlds.AT, progress=progress
        )
    except Refused as refused:
        print(json.dumps({"refused": refused.message}))
        return
    closing = outcome.closing
    print(
        json.dumps(
            {
                "digest": closing.digest,
                "number": closing.number,
                "is_new": outcome.is_new,
                "is_resumed": outcome.is_resumed,
                "parts": ScorePart.objects.filter(scorecard__closing=closing).count(),
            }
        )
    )


def commands() -> None:
    answers = []
    for arguments in json.loads(sys.stdin.read()):
        said = io.StringIO()
        code: object = 0
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                main(arguments)
            except SystemExit as ended:
                code = ended.code
        answers.append([code, said.getvalue()])
    print(json.dumps(answers))


if __name__ == "__main__":
    {"setup": setup, "close": close, "commands": commands}[sys.argv[1]]()
