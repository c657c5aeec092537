#!/usr/bin/env bash
# The whole suite: Python on SQLite, on PostgreSQL where LIANXIN_TEST_POSTGRES names a server, the front end, the browser journeys.
# The last lines say what could not be tested here and why.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
notes=()
status=0
# The run starts some two hundred processes; without compiled files each of them reads the whole house anew.
unset PYTHONDONTWRITEBYTECODE

browser() {
  for name in chromium chromium-browser google-chrome; do command -v "$name" && return 0; done
  return 1
}

if ! LIANXIN_CHROMIUM=${LIANXIN_CHROMIUM:-$(browser)}; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium and a Chinese font from Debian's packages …"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; } >/dev/null 2>&1
    LIANXIN_CHROMIUM=$(browser) || LIANXIN_CHROMIUM=
  else
    echo "Installing Playwright's own Chromium …"
    $bin/playwright install chromium >/dev/null 2>&1
    LIANXIN_CHROMIUM=
  fi
fi
export LIANXIN_CHROMIUM
workers=${LIANXIN_TEST_WORKERS:-2}

npm test --silent || status=1
echo "Python, on SQLite:"
env -u DATABASE_URL $bin/pytest -q -n "$workers" --dist loadgroup "$@" || status=1
if [ -n "${LIANXIN_TEST_POSTGRES:-}" ]; then
  echo "Python, on PostgreSQL:"
  # What touches no database (the pure core, engines, simulation, children with a SQLite file of their own) was tested once above:
  # tests/conftest.py leaves it out. These need not even be collected.
  untouched=(--ignore tests/ui/test_in_browser.py)
  for folder in benchmarks contract core engine spec tools; do untouched+=(--ignore "tests/$folder"); done
  # Of the browser's journeys two go there: a question from opening to conclusion, and a day in the field over a bad line.
  for journey in tests/journeys/test_*.py tests/journeys/field/test_*.py; do
    case $journey in */test_supervision.py | */test_a_day.py) ;; *) untouched+=(--ignore "$journey") ;; esac
  done
  DATABASE_URL=$LIANXIN_TEST_POSTGRES $bin/pytest -q -n "$workers" --dist loadgroup -m "not spark" "${untouched[@]}" "$@" || status=1
  notes+=("PostgreSQL: tested")
else
  notes+=("PostgreSQL: not tested (LIANXIN_TEST_POSTGRES names no server)")
fi
reason=$($bin/python -c 'from lianxin import engine; print(engine.spark_available() or "")' 2>/dev/null)
[ -z "$reason" ] && notes+=("Spark: tested") || notes+=("Spark: not tested ($reason)")
[ -n "${LIANXIN_IOWA:-}" ] && notes+=("Real order lines: tested") || notes+=("Real order lines: not tested (LIANXIN_IOWA is not set)")
printf '%s\n' "${notes[@]}"
exit $status
