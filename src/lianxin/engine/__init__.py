"""The only room that speaks DuckDB or Spark; the lake of versioned fact tables lives here.

`engine.open("duckdb")` gives an engine, `engine.digest(table)` the digest that both engines share, `engine.Lake(root)` the
facts.
"""

from lianxin.engine.digesting import digest
from lianxin.engine.flat_files import as_parquet, flat_file
from lianxin.engine.lake import Lake, LakeError
from lianxin.engine.opening import Engine, Sitting
from lianxin.engine.opening import open_engine as open
from lianxin.engine.sources import FileUnreadable, FlatFile, ParquetFiles, Source, Sources, from_rows
from lianxin.engine.spark import spark_available

__all__ = [
    "Engine",
    "FileUnreadable",
    "FlatFile",
    "Lake",
    "LakeError",
    "ParquetFiles",
    "Sitting",
    "Source",
    "Sources",
    "as_parquet",
    "digest",
    "flat_file",
    "from_rows",
    "open",
    "spark_available",
]
