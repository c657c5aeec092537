"""Writes the files that the fictional company 临江市 exports, the same bytes for the same seed and size.

The bytes hang on the seed, the size and the locked versions of NumPy, PyArrow and XlsxWriter, on nothing else.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from lianxin.simulation import allocating, fieldwork, suppliers, surveying
from lianxin.simulation.exports import goods, orders, people, retailers, targets, territories, truth, units
from lianxin.simulation.fieldwork.made import build
from lianxin.simulation.files import WrittenFile, write_csv, write_parquet
from lianxin.simulation.headers import HEADERS
from lianxin.simulation.orders import months_of_lines
from lianxin.simulation.sizes import SIZES, Size, SizeName
from lianxin.simulation.world import build_world

DEFAULT_SEED = 20211231

_README = """临江市烟草公司（虚构）

本文件夹中的一切均由程序按种子生成：公司、部门、人员、零售客户、商品、品牌、地点、坐标、订单，没有一条来自现实。
如与真实的人、店铺、品牌或地名相同，纯属巧合。

Everything in this folder is invented. A program made it from a seed: the company, its people, shops, goods, brands,
places, coordinates and orders. Any likeness to a real person, shop, brand or place is chance.

seed 种子: {seed}    size 规模: {size}

导入顺序 / order of import: 部门, 人员, 零售客户, 商品, 片区, 目标, 订单 (mapping: linjiang).
truth/ 是生成时的真实参数，只供检验方法使用，任何导入都不读取。 truth/ holds what drove the orders; no import reads it.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """The files in the order in which they should be imported."""

    folder: Path
    files: tuple[WrittenFile, ...]
    truth: tuple[WrittenFile, ...]

    def rows(self, kind: str) -> int:
        return sum(file.rows for file in self.files if file.kind == kind)


def write(
    folder: Path,
    *,
    seed: int = DEFAULT_SEED,
    size: SizeName | Size = "default",
    progress: Callable[[str, float], None] | None = None,
) -> Written:
    """Make the company and write its files into `folder`, which appears complete or not at all.

    Parameters
    ----------
    folder : a path that does not exist yet, or an empty folder
    size : one of the named sizes, or a `Size` of one's own
    progress : told the name of each file before it is written and the share of the work done

    Raises
    ------
    FileExistsError : the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name another folder or remove it first")
    tell = progress or (lambda name, share: None)
    plan = size if isinstance(size, Size) else SIZES[size]
    draft = folder.with_name(folder.name + ".part")
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    tell("临江市", 0.0)
    world = build_world(seed, plan)
    masters = [module.write(world, draft) for module in (units, people, retailers, goods, territories)]
    bought = targets.Bought.nothing_yet(world)
    monthly = []
    for number, (month, lines) in enumerate(months_of_lines(world)):
        tell(f"订单_{month:%Y-%m}", 0.1 + 0.85 * number / len(plan.months))
        monthly.append(orders.write(world, draft, month, lines))
        bought.add(world, month, lines)
    tell("目标.xlsx", 0.95)
    planned = targets.write(world, draft, bought)
    known = truth.write(world, draft)
    (draft / "README.txt").write_bytes(_README.format(seed=seed, size=plan.name).encode())
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)
    tell("README.txt", 1.0)
    return Written(
        folder=folder,
        files=tuple(_moved(file, draft, folder) for file in (*masters, planned, *monthly)),
        truth=tuple(_moved(file, draft, folder) for file in known),
    )


def _moved(file: WrittenFile, draft: Path, folder: Path) -> WrittenFile:
    return WrittenFile(file.kind, folder / file.path.relative_to(draft), file.rows)


def written(folder: Path) -> tuple[WrittenFile, ...]:
    """The files of a folder that `write` made, in the order in which they should be imported; `rows` is not counted (0)."""
    named = [
        ("units", "部门.xlsx"),
        ("people", "人员.xlsx"),
        ("retailers", "零售客户.xlsx"),
        ("goods", "商品.xlsx"),
        ("territories", "片区.xlsx"),
        ("targets", "目标.xlsx"),
    ]
    orders_files = sorted(folder.glob("订单_*"))
    return (
        *(WrittenFile(kind, folder / name, 0) for kind, name in named),
        *(WrittenFile("orders", path, 0) for path in orders_files),
    )


# A van in three tells when it was at which door: enough to see how witnesses speak, and the demo stays quick.
_WITNESSING = fieldwork.Witnessing(deliveries_share=0.35)
# Field work in the order of its import; the other files that `fieldwork.write` makes are for methods, not for the company.
FIELDWORK_KINDS = ("position_consents", "visits", "promises", "requests", "witnesses", "checks")


def write_fieldwork(
    folder: Path, *, months: int, seed: int = DEFAULT_SEED, size: SizeName | Size = "default"
) -> tuple[WrittenFile, ...]:
    """Field work of the last months of the company that `write` makes from this seed and size, in the order of its import.

    The files lie in `folder`, the truth beside it in `truth`. What is there already is left as it is.

    Raises
    ------
    FileExistsError : the folder or the truth beside it holds something, but not these files.
    """
    plan = size if isinstance(size, Size) else SIZES[size]
    paths = {kind: folder / f"{kind}.csv" for kind in FIELDWORK_KINDS}
    rows = dict.fromkeys(FIELDWORK_KINDS, 0)
    if not all(path.exists() for path in paths.values()):
        settings = fieldwork.FieldworkSettings(
            seed=seed, months=months, last_month=plan.last_month, witnessing=_WITNESSING, is_long_over=True
        )
        made = fieldwork.write(folder, settings, build_world(seed, plan))
        rows |= {file.kind: file.rows for file in made.files}
    return tuple(WrittenFile(kind, paths[kind], rows[kind]) for kind in FIELDWORK_KINDS)


def write_supplier_agreements(
    folder: Path,
    *,
    halves: Sequence[str],
    months: Sequence[date],
    seed: int = DEFAULT_SEED,
    size: SizeName | Size = "default",
) -> WrittenFile:
    """What the company of this seed and size agreed with its suppliers, and what came. A file that is there is left as it is."""
    path = folder / "工商协议.csv"
    if path.exists():
        return WrittenFile("supplier_agreements", path, 0)
    folder.mkdir(parents=True, exist_ok=True)
    world = build_world(seed, size if isinstance(size, Size) else SIZES[size])
    made = suppliers.supplier_agreements(world, halves, months)
    write_csv(
        path, made.rename_columns([HEADERS["supplier_agreements"][name] for name in made.column_names]), "utf-8-sig"
    )
    return WrittenFile("supplier_agreements", path, made.num_rows)


def write_surveys(
    folder: Path,
    *,
    months: Sequence[date],
    months_of_fieldwork: int,
    seed: int = DEFAULT_SEED,
    size: SizeName | Size = "default",
) -> tuple[WrittenFile, ...]:
    """A survey of satisfaction in each of the months about the field work that `write_fieldwork` writes.

    The files lie in `folder`, what every shop would have said beside it in `truth`. What is there already is left as it is.

    Raises
    ------
    FileExistsError : the folder or the truth beside it holds something, but not these files.
    """
    paths = {month: folder / f"满意度调查_{month:%Y-%m}.csv" for month in months}
    known = folder.with_name("truth") / "satisfaction.parquet"
    if all(path.exists() for path in (*paths.values(), known)):
        return tuple(WrittenFile("satisfaction", path, 0) for path in paths.values())
    for place in (folder, known.parent):
        if place.exists() and any(place.iterdir()):
            raise FileExistsError(f"{place} is not empty; name another folder or remove it first")
        place.mkdir(parents=True, exist_ok=True)
    plan = size if isinstance(size, Size) else SIZES[size]
    settings = fieldwork.FieldworkSettings(
        seed=seed, months=months_of_fieldwork, last_month=plan.last_month, witnessing=_WITNESSING, is_long_over=True
    )
    made = surveying.surveys(build(settings, build_world(seed, plan)), months)
    for one in made:
        names = [HEADERS["satisfaction"][name] for name in one.answers.column_names]
        write_csv(paths[one.month], one.answers.rename_columns(names), "utf-8-sig")
    write_parquet(known, pa.concat_tables([one.truth for one in made]))
    return tuple(WrittenFile("satisfaction", paths[one.month], one.answers.num_rows) for one in made)


# Rounds of scarce supply by the kind of their import, in the order of it.
ROUND_FILES = {"allocations": "投放.csv", "supplies": "可供量.csv", "supply_requests": "需求.csv"}


def write_rounds(
    folder: Path, *, weeks: int = 8, seed: int = DEFAULT_SEED, size: SizeName | Size = "default"
) -> tuple[WrittenFile, ...]:
    """Rounds of scarce supply of the company that `write` makes from this seed and size, in the order of their import.

    Allocations of the last weeks as another system gave them, one manager of which favoured ten shops; supply and requests of the
    round to come. The files lie in `folder`, the truth beside it in `truth`. What is there already is left as it is.

    Raises
    ------
    FileExistsError : the folder or the truth beside it holds something, but not these files.
    """
    paths = {kind: folder / name for kind, name in ROUND_FILES.items()}
    known = folder.with_name("truth") / "favour.parquet"
    if all(path.exists() for path in (*paths.values(), known)):
        return tuple(WrittenFile(kind, path, 0) for kind, path in paths.items())
    for place in (folder, known.parent):
        if place.exists() and any(place.iterdir()):
            raise FileExistsError(f"{place} is not empty; name another folder or remove it first")
        place.mkdir(parents=True, exist_ok=True)
    made = allocating.company_rounds(build_world(seed, size if isinstance(size, Size) else SIZES[size]), weeks=weeks)
    write_parquet(known, made.truth)
    tables = {"allocations": made.allocations, "supplies": made.supplies, "supply_requests": made.requests}
    for kind, table in tables.items():
        write_csv(paths[kind], table.rename_columns([HEADERS[kind][name] for name in table.column_names]), "utf-8-sig")
    return tuple(WrittenFile(kind, paths[kind], tables[kind].num_rows) for kind in ROUND_FILES)
