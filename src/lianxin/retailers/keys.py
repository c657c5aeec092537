"""The keys of the retailers' door: digits, links, cookies and the digests under which they are kept.

Everything is keyed with the installation's secret key, which is not in the database: a copy of the database alone opens nothing,
and eight digits cannot be tried out against it. Whoever restores a backup under another secret key hands out new codes.
"""

import hmac
import secrets
from hashlib import sha256
from typing import Final

from django.core import signing
from django.utils.crypto import salted_hmac

N_DIGITS: Final = 8
_CODE: Final = "lianxin.retailers.code"
_LINK: Final = "lianxin.retailers.link"
_DEVICE: Final = "lianxin.retailers.device"
_TRY: Final = "lianxin.retailers.try"


def new_digits() -> str:
    """Eight random digits: few enough to type on an old phone, too many to guess in the tries that are allowed (`limits.py`)."""
    return f"{secrets.randbelow(10**N_DIGITS):0{N_DIGITS}}"


def digits_of(typed: str) -> str:
    """What was typed as plain digits: spaces and hyphens of the slip go, full-width digits of a Chinese keyboard become ASCII."""
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in typed if sign not in " -－　\t")


def digits_digest(retailer_id: int, digits: str) -> str:
    """Under which digits are kept: bound to their retailer."""
    return _keyed(_CODE, f"{retailer_id}:{digits}")


def same(one: str, other: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def link_text(code_id: int, purpose: str) -> str:
    """The signed part of a link: which code it opens and for what. When it ends, or was taken back, the code's row says."""
    return signing.Signer(salt=f"{_LINK}.{purpose}").sign(str(code_id)).replace(":", ".")


def code_of_link(text: str, purpose: str) -> int | None:
    """The code that a link was signed for, or None for anything that we did not sign for this purpose."""
    try:
        return int(signing.Signer(salt=f"{_LINK}.{purpose}").unsign(text.replace(".", ":")))
    except (signing.BadSignature, ValueError):
        return None


def new_session_text() -> str:
    """256 random bits for the cookie of a session."""
    return secrets.token_urlsafe(32)


def session_digest(text: str) -> str:
    """Under which a session is kept."""
    return sha256(text.encode()).hexdigest()


def device_text(retailer_id: int) -> str:
    """What a browser keeps after a sign-in, so that others' wrong tries do not shut its owner out. Names nobody."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_keyed(_DEVICE, f'{nonce}:{retailer_id}')}"


def is_device_of(text: str, retailer_id: int) -> bool:
    """Whether a browser was given this text for this retailer."""
    nonce, _dot, digest = text.partition(".")
    return same(digest, _keyed(_DEVICE, f"{nonce}:{retailer_id}"))


def try_key(kind: str, text: str) -> str:
    """Under which tries are counted: of a licence, an address or a device, none of which can be read back from it."""
    return _keyed(_TRY, f"{kind}:{text}")[:32]


def _keyed(salt: str, text: str) -> str:
    return salted_hmac(salt, text, algorithm="sha256").hexdigest()
