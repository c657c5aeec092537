"""The only room that speaks DuckDB or Spark; the lake of versioned fact tables lives here."""
