"""What the commands of the methods do alike: where they may write, which engine runs, and how faults of their inputs end them."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import pyarrow as pa
from django.utils.translation import gettext as _

from lianxin import engine
from lianxin.cli.sheets import Faults
from lianxin.foundation.errors import Refused
from lianxin.foundation.files import write_table

# Faults told on the terminal; the file beside the output has them all.
SHOWN: Final = 10


def require_folder(out: Path) -> None:
    """Raise Refused unless the folder in which the output is to lie is there."""
    if not out.resolve().parent.is_dir():
        raise Refused(
            _("“%(path)s” cannot be written: there is no folder “%(folder)s”. Make it first.")
            % {"path": str(out), "folder": str(out.resolve().parent)}
        )


def require_engine(name: str) -> None:
    """Raise Refused where Spark was asked for and cannot start."""
    if name == "spark" and (reason := engine.spark_available()) is not None:
        raise Refused(_("Spark cannot start: %(reason)s.") % {"reason": reason})


def faults_beside(out: Path) -> Path:
    """The file that tells the faults of the inputs of an output."""
    return out.resolve().with_name(f"{out.resolve().name}.faults.csv")


@contextmanager
def inputs(beside: Path, nothing: str) -> Iterator[Faults]:
    """Read inputs inside; whatever is wrong with them stands beside the output when this ends.

    Parameters
    ----------
    beside : file that gets one row a fault
    nothing : sentence that nothing was done; `%(file)s` in it is that file

    Raises
    ------
    Refused : a file as a whole cannot be taken, or a row is at fault.
    """
    faults = Faults()
    try:
        yield faults
    except Refused as error:
        faults.whole(str(error))
        write_table(beside, Faults.COLUMNS, faults.rows())
        raise
    if faults:
        refuse(faults, beside, nothing)


def refuse(faults: Faults, beside: Path, nothing: str) -> NoReturn:
    """Write all faults into a file and tell the first; `nothing` as for `inputs`."""
    write_table(beside, Faults.COLUMNS, faults.rows())
    raise Refused("\n".join([*first_told(faults.sentences(), len(faults)), nothing % {"file": beside}]))


def first_told(sentences: Sequence[str], n: int) -> list[str]:
    """The first sentences of `n`, and how many more there are."""
    told = list(sentences[:SHOWN])
    if n > len(told):
        told.append(_("… and %(n)s more like these.") % {"n": f"{n - len(told):,}"})
    return told


def write_folder(out: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write each table as a Parquet file of its name into a folder: all files or none, for they are written aside first."""
    aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.resolve().parent))
    try:
        for name, table in tables.items():
            write_table(aside / f"{name}.parquet", table.column_names, table)
        out.mkdir(exist_ok=True)
        for path in sorted(aside.iterdir()):
            os.replace(path, out / path.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
