<?php
// CloudFront signed cookies for /users/<id>/ of the files host. Needs PHP's openssl. Times are epoch seconds.
declare(strict_types=1);

final class FilesCookies {
    private const NAMES = ['Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'];
    private OpenSSLAsymmetricKey $key;

    /** $cookieDomain is the name of the app host, or empty if both hosts have the same name. */
    public function __construct(private string $filesOrigin, private string $cookieDomain, private string $keyPairId, string $privateKey) {
        $this->key = openssl_pkey_get_private($privateKey) ?: throw new InvalidArgumentException('privateKey must be PEM');
    }

    /** The id of an account of a provider. It never changes, and no other account has it. */
    public static function deriveUserId(string $issuer, string $subject): string {
        if ($issuer === '' || $subject === '' || str_contains($issuer . $subject, "\0")) {
            throw new InvalidArgumentException('issuer and subject must be text without a NUL, and not empty');
        }
        $bits = '';
        foreach (str_split(hash('sha256', "$issuer\0$subject", true)) as $byte) $bits .= sprintf('%08b', ord($byte));
        $letter = fn (string $five) => 'abcdefghijklmnopqrstuvwxyz234567'[bindec($five)];
        return implode('', array_map($letter, str_split(substr($bits, 0, 130), 5)));
    }

    /** The session start of a new sign-in. null after too many sign-ins in an hour. */
    public static function nextStart(?int $previous, int $now): ?int {
        $start = max(($previous ?? 0) + 1, $now - 3600);
        return $start > $now - 60 ? null : $start;
    }

    /** Values of Set-Cookie. All cookies of one session have the same start. @return string[] */
    public function setCookies(string $userId, int $start, int $expiresAt): array {
        foreach ([$start, $expiresAt] as $time) {
            if ($time < 0 || $time > 100_000_000_000) throw new RangeException('CloudFront wants whole seconds since 1970');
        }
        $policy = "{\"Statement\":[{\"Resource\":\"$this->filesOrigin{$this->pathOf($userId)}*\",\"Condition\":"
            . "{\"DateLessThan\":{\"AWS:EpochTime\":$expiresAt},\"DateGreaterThan\":{\"AWS:EpochTime\":$start}}}]}";
        if (!openssl_sign($policy, $signature, $this->key, OPENSSL_ALGO_SHA256)) throw new RuntimeException('the key does not sign');
        $encode = fn (string $bytes) => strtr(base64_encode($bytes), '+=/', '-_~');
        return $this->lines($userId, [$encode($policy), $encode($signature), $this->keyPairId, 'SHA256']);
    }

    /** @return string[] */
    public function clearCookies(string $userId): array {
        return $this->lines($userId, ['', '', '', '']);
    }

    /** The answer in JSON for createCookieGateway({ refreshUrl }) in the browser. */
    public function session(string $userId, int $issuedAt, int $expiresAt): string {
        $iso = fn (int $time) => gmdate('Y-m-d\TH:i:s.000\Z', $time);
        $refreshAt = $issuedAt + intdiv(($expiresAt - $issuedAt) * 2, 3);
        return json_encode([
            'user' => ['id' => $userId], 'files' => ['origin' => $this->filesOrigin, 'prefix' => $this->pathOf($userId)],
            'cookies' => ['issuedAt' => $iso($issuedAt), 'expiresAt' => $iso($expiresAt), 'refreshAt' => $iso($refreshAt)],
            'session' => ['expiresAt' => $iso($expiresAt)], 'serverTime' => $iso($issuedAt),
        ], JSON_THROW_ON_ERROR);
    }

    /** \z, because $ also matches before a last line feed. */
    public function pathOf(string $userId): string {
        if (preg_match('/\A[A-Za-z0-9_-]{1,64}\z/', $userId)) return "/users/$userId/";
        throw new InvalidArgumentException('a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -');
    }

    /** A cookie without a value is cleared. */
    private function lines(string $userId, array $values): array {
        $domain = $this->cookieDomain === '' ? '' : "; Domain=$this->cookieDomain";
        $expires = fn (string $value) => $value === '' ? '; Expires=Thu, 01 Jan 1970 00:00:00 GMT' : '';
        $line = fn (string $name, string $value) => "CloudFront-$name=$value; Path={$this->pathOf($userId)}$domain{$expires($value)}; HttpOnly; Secure; SameSite=Lax";
        return array_map($line, self::NAMES, $values);
    }
}
