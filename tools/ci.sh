#!/usr/bin/env bash
# What CI runs after lint: the README's test command, on PostgreSQL too where a server answers on the loopback address.
set -uo pipefail
cd "$(dirname "$0")/.."
if [ -z "${LIANXIN_TEST_POSTGRES:-}" ] && .venv/bin/python - <<'PY' 2>/dev/null
import psycopg
psycopg.connect("host=127.0.0.1 port=5432 user=postgres dbname=postgres connect_timeout=3").close()
PY
then
  export LIANXIN_TEST_POSTGRES=postgresql://postgres@127.0.0.1:5432/postgres
fi
make test
