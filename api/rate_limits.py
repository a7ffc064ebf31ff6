"""How often somebody may try to sign in, counted in Redis so that all API processes count together.

Without Redis each process counts for itself, and says so in the log: limits get looser, nobody is locked
out, and nobody is let in unlimited.
"""

import hashlib
import time

import redis
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from api.settings import ApiSettings
from kernel.errors import RateLimited
from kernel.log import get_logger

log = get_logger(__name__)

ACCOUNT_WINDOW_MINUTES = 15
_RETRY_REDIS_SECONDS = 10.0


class SignInLimits:
    """Counts attempts by network address and by account."""

    def __init__(self, redis_url: str, settings: ApiSettings) -> None:
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared = (
            FixedWindowRateLimiter(
                RedisStorage(
                    redis_url,
                    wrap_exceptions=True,
                    socket_timeout=1,
                    socket_connect_timeout=1,
                )
            )
            if redis_url
            else None
        )
        self._shared_from = 0.0
        self._by_address = RateLimitItemPerMinute(settings.sign_ins_per_minute)
        self._by_account = RateLimitItemPerMinute(
            settings.sign_ins_per_account, ACCOUNT_WINDOW_MINUTES
        )

    def attempt(self, purpose: str, address: str, account: str) -> None:
        """Count one attempt of `purpose` (such as `sign_in`).

        Raises:
            RateLimited: too many; `retry_after_seconds` says when to try again.
        """
        self._hit(self._by_address, purpose, "address", address)
        self._hit(self._by_account, purpose, "account", _key(account))

    def succeeded(self, purpose: str, account: str) -> None:
        """Forget the attempts of an account that has shown who it is."""
        key = (purpose, "account", _key(account))
        for limiter in self._limiters():
            try:
                limiter.clear(self._by_account, *key)
            except (StorageError, redis.RedisError) as error:
                self._lost(error)

    def _hit(self, item: RateLimitItem, purpose: str, kind: str, who: str) -> None:
        for limiter in self._limiters():
            try:
                allowed = limiter.hit(item, purpose, kind, who)
                reset_at = limiter.get_window_stats(item, purpose, kind, who).reset_time
            except (StorageError, redis.RedisError) as error:
                self._lost(error)
                continue
            if not allowed:
                wait = max(1, int(reset_at - time.time()) + 1)
                log.warning("too many attempts", purpose=purpose, kind=kind)
                raise RateLimited(f"try again in {wait} s", retry_after_seconds=wait)
            return

    def _limiters(self) -> list[FixedWindowRateLimiter]:
        if self._shared is None or time.monotonic() < self._shared_from:
            return [self._local]
        return [self._shared, self._local]

    def _lost(self, error: Exception) -> None:
        self._shared_from = time.monotonic() + _RETRY_REDIS_SECONDS
        log.warning("sign-in attempts are counted in this process only", error=str(error))


def _key(account: str) -> str:
    # What people type may be long, and may be a password in the wrong field.
    return hashlib.sha256(account.strip().lower().encode()).hexdigest()[:32]
