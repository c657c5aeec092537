"""How often somebody may try digits, and how long things last. Why these numbers: docs/explanation/security.md.

Eight digits are 10^8. A licence is tried at most 20 times an hour by browsers that its owner never used, so that somebody who tries
without a pause for the fourteen days of a code finds it with a chance of 7 in 100,000.
"""

from datetime import timedelta
from typing import Final

PAIR_TRIES: Final = 5
ADDRESS_TRIES: Final = 30
SHORT: Final = timedelta(minutes=15)
LICENCE_TRIES: Final = 20
LONG: Final = timedelta(hours=1)

SESSION: Final = timedelta(hours=2)
READING_SESSION: Final = timedelta(minutes=30)
DEVICE: Final = timedelta(days=180)
CODE_DAYS: Final = 14
LONGEST_CODE_DAYS: Final = 30
READING_LINK_DAYS: Final = 14
LONGEST_READING_DAYS: Final = 90
KEEP_TRIES: Final = timedelta(days=2)
KEEP_SESSIONS: Final = timedelta(days=90)

# A sheet of more slips than this is printed in parts; a spreadsheet holds a whole city.
SLIPS_AT_ONCE: Final = 600
CODES_AT_ONCE: Final = 50_000
