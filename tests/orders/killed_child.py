"""A process of its own for test_killed.py: `killed_child.py COMMAND … [--kill STEP]`; at STEP it kills itself with SIGKILL."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from lianxin.core.tables import ORDER_LINES  # noqa: E402 - Django must be set up first
from lianxin.engine import ingest  # noqa: E402
from lianxin.foundation import audit, clock, laying_out  # noqa: E402
from lianxin.foundation.facts import the_lake  # noqa: E402
from lianxin.foundation.imports import journal, running  # noqa: E402
from lianxin.foundation.models import AuditRow, Company, ImportBatch  # noqa: E402
from lianxin.orders import actions  # noqa: E402
from lianxin.retailers.models import Retailer  # noqa: E402

HOME = Path(os.environ["LIANXIN_HOME"])
STEPS: dict[str, tuple[Any, str]] = {
    "files written, batch not known": (ImportBatch, "save"),
    "batch prepared, nothing committed": (ingest, "commit"),
    "committed in the lake, row still prepared": (running, "mark_committed"),
    "lines gone from the lake, row still committed": (running, "mark_undone"),
    "rows written, transaction open": (audit, "record"),
    "rows taken out, transaction open": (running, "mark_undone"),
    "before the journal": (journal.Journal, "write"),
}


def kill(*_arguments: Any, **_options: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def setup() -> None:
    laying_out.bring_up_to_date()
    company = Company.objects.create(code="linjiang", name="临江")
    (HOME / "retailers.csv").write_text("licence_no,name,from_date\nL1,a,2019-01-01\n", "utf-8")
    (HOME / "goods.csv").write_text("product_code,name,from_date\nP1,a,2019-01-01\n", "utf-8")
    for kind in ("retailers", "goods"):
        running.run(company=company, kind=kind, path=HOME / f"{kind}.csv", by=None, at=clock.now())
    with (HOME / "orders.csv").open("w", encoding="utf-8") as file:
        file.write("line_id,order_date,licence_no,product_code,ordered_units,amount\n")
        for number in range(60_000):
            file.write(f"{number},2021-{number % 12 + 1:02}-05,L1,P1,{number % 7 + 1},10.00\n")
    (HOME / "more.csv").write_text("licence_no,name,from_date\nL2,b,2019-01-01\nL3,c,2019-01-01\n", "utf-8")


def take(kind: str, name: str) -> None:
    result = running.run(company=Company.objects.get(), kind=kind, path=HOME / name, by=None, at=clock.now())
    print(json.dumps({"accepted": result.n_accepted, "duplicate": result.n_duplicate}))


def undo(kind: str) -> None:
    batch = ImportBatch.objects.filter(kind=kind, state="committed").latest("created_at")
    running.undo(company=Company.objects.get(), batch_id=batch.pk, by=None, at=clock.now())


def look() -> None:
    lake = the_lake()
    named = {file.path for file in lake.snapshot(ORDER_LINES.name).files}
    folder = lake.folder(ORDER_LINES.name)
    files = {
        path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet") if "_delta_log" not in path.parts
    }
    company = Company.objects.get()
    print(
        json.dumps(
            {
                "lines": sum(lake.batches(company.pk).values()),
                "orphans": len(files - named),
                "states": sorted(ImportBatch.objects.filter(kind="orders").values_list("state", flat=True)),
                "retailers": Retailer.objects.count(),
                "audit_faults": list(audit.faults(company)),
                "runs": AuditRow.objects.filter(verb="imports.run", after__kind="orders").count(),
            }
        )
    )


def main(*words: str) -> None:
    actions.on_committed.clear()
    commands = list(words)
    if "--kill" in commands:
        *commands, _option, step = commands
        owner, name = STEPS[step]
        setattr(owner, name, kill)
    print("begun", file=sys.stderr, flush=True)
    for command in commands:
        match command:
            case "setup":
                setup()
            case "import orders":
                take("orders", "orders.csv")
            case "import retailers":
                take("retailers", "more.csv")
            case "undo orders":
                undo("orders")
            case "undo retailers":
                undo("retailers")
            case "reconcile":
                actions.reconcile(company=Company.objects.get(), at=clock.now())
            case "look":
                look()


main(*sys.argv[1:])
