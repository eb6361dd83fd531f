"""CloudFront signed cookies for /users/<id>/ of the files host. Needs the package cryptography. Times are epoch seconds."""
import base64
import hashlib
import json
import re
from datetime import datetime, timezone

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding


def derive_user_id(issuer: str, subject: str) -> str:
    """The id of an account of a provider. It never changes, and no other account has it."""
    if not issuer or not subject or "\0" in issuer + subject:
        raise ValueError("issuer and subject must be text without a NUL, and not empty")
    digest = hashlib.sha256(f"{issuer}\0{subject}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def next_start(previous: int | None, now: int) -> int | None:
    """The session start of a new sign-in. None after too many sign-ins in an hour."""
    start = max((previous or 0) + 1, now - 3600)
    return None if start > now - 60 else start


def path_of(user_id: str) -> str:
    # \Z, because $ also matches before a last line feed.
    if not re.match(r"[A-Za-z0-9_-]{1,64}\Z", user_id):
        raise ValueError("a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -")
    return f"/users/{user_id}/"


def _seconds(time: int) -> int:
    if not isinstance(time, int) or not 0 <= time <= 100_000_000_000:
        raise ValueError("CloudFront wants whole seconds since 1970")
    return time


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


class FilesCookies:
    def __init__(self, files_origin: str, cookie_domain: str, key_pair_id: str, private_key: bytes):
        """cookie_domain is the name of the app host, or empty if both hosts have the same name."""
        self.files_origin, self.cookie_domain, self.key_pair_id = files_origin, cookie_domain, key_pair_id
        self.key = serialization.load_pem_private_key(private_key, password=None)
        self.is_ec = isinstance(self.key, ec.EllipticCurvePrivateKey)

    def set_cookies(self, user_id: str, start: int, expires_at: int) -> list[str]:
        """Values of Set-Cookie. All cookies of one session have the same start."""
        policy = (
            f'{{"Statement":[{{"Resource":"{self.files_origin}{path_of(user_id)}*","Condition":'
            f'{{"DateLessThan":{{"AWS:EpochTime":{_seconds(expires_at)}}},'
            f'"DateGreaterThan":{{"AWS:EpochTime":{_seconds(start)}}}}}}}]}}'
        ).encode()
        how = [ec.ECDSA(hashes.SHA256())] if self.is_ec else [padding.PKCS1v15(), hashes.SHA256()]
        values = [_encode(policy), _encode(self.key.sign(policy, *how)), self.key_pair_id, "SHA256"]
        return self._lines(user_id, values)

    def clear_cookies(self, user_id: str) -> list[str]:
        return self._lines(user_id, [""] * 4)

    def _lines(self, user_id: str, values: list[str]) -> list[str]:
        """A cookie without a value is cleared."""
        names = ["Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"]
        domain = f"Domain={self.cookie_domain}; " if self.cookie_domain else ""
        where = f"; Path={path_of(user_id)}; {domain}"
        gone = "Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        ends = [("" if value else gone) + "HttpOnly; Secure; SameSite=Lax" for value in values]
        return [f"CloudFront-{name}={value}{where}{end}" for name, value, end in zip(names, values, ends)]

    def session(self, user_id: str, issued_at: int, expires_at: int) -> str:
        """The answer in JSON for createCookieGateway({ refreshUrl }) in the browser."""
        refresh_at = issued_at + (expires_at - issued_at) * 2 // 3
        iso = lambda time: datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        window = {"issuedAt": iso(issued_at), "expiresAt": iso(expires_at), "refreshAt": iso(refresh_at)}
        files = {"origin": self.files_origin, "prefix": path_of(user_id)}
        end = {"session": {"expiresAt": iso(expires_at)}, "serverTime": iso(issued_at)}
        return json.dumps({"user": {"id": user_id}, "files": files, "cookies": window, **end})
