"""Names for the countries whose phone numbers can be read.

phonenumbers carries names too, but loading them costs 120 MB, for one select on one page.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import phonenumbers

NAMES_FILE = Path(__file__).parent / "countries.txt"


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """Two-letter code to English name, in the names' order; a code without a name names itself."""
    lines = NAMES_FILE.read_text("utf-8").splitlines()
    known = dict(line.split(" ", 1) for line in lines)
    named = {code: known.get(code, code) for code in phonenumbers.SUPPORTED_REGIONS}
    return dict(sorted(named.items(), key=lambda item: item[1].replace("Å", "A")))
