// Package filescookies signs CloudFront cookies for /users/<id>/ of the files host. Times are epoch seconds.
package filescookies

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Signer has a CookieDomain, the name of the app host, only if the hosts have different names. Key is P-256 or RSA 2048.
type Signer struct {
	FilesOrigin, CookieDomain, KeyPairID string
	Key                                  crypto.Signer
}

var userID = regexp.MustCompile(`\A[A-Za-z0-9_-]{1,64}\z`)
var alphabet = strings.NewReplacer("+", "-", "=", "_", "/", "~")

// DeriveUserID gives the id of an account of a provider. It never changes, and no other account has it.
func DeriveUserID(issuer, subject string) (string, error) {
	if issuer == "" || subject == "" || strings.Contains(issuer+subject, "\x00") {
		return "", errors.New("issuer and subject must be text without a NUL, and not empty")
	}
	digest := sha256.Sum256([]byte(issuer + "\x00" + subject))
	return strings.ToLower(base32.StdEncoding.EncodeToString(digest[:]))[:26], nil
}

// NextStart gives the session start of a new sign-in. It is false after too many sign-ins in an hour.
func NextStart(previous, now int64) (int64, bool) {
	start := max(previous+1, now-3600)
	return start, start <= now-60
}

// SetCookies gives values of Set-Cookie. All cookies of one session have the same start.
func (s Signer) SetCookies(id string, start, expiresAt int64) ([]string, error) {
	if min(start, expiresAt) < 0 || max(start, expiresAt) > 100_000_000_000 || !userID.MatchString(id) {
		return nil, errors.New("wants an id of 1 to 64 of A-Z, a-z, 0-9, _ and -, and whole seconds since 1970")
	}
	policy := fmt.Sprintf(`{"Statement":[{"Resource":"%s/users/%s/*","Condition":{"DateLessThan":{"AWS:EpochTime":%d},"DateGreaterThan":{"AWS:EpochTime":%d}}}]}`, s.FilesOrigin, id, expiresAt, start)
	digest := sha256.Sum256([]byte(policy))
	signature, err := s.Key.Sign(rand.Reader, digest[:], crypto.SHA256)
	encode := func(data []byte) string { return alphabet.Replace(base64.StdEncoding.EncodeToString(data)) }
	return s.lines(id, encode([]byte(policy)), encode(signature), s.KeyPairID, "SHA256"), err
}

// ClearCookies gives values of Set-Cookie for a sign-out.
func (s Signer) ClearCookies(id string) []string {
	return s.lines(id, "", "", "", "")
}

// Session gives the answer in JSON for createCookieGateway({ refreshUrl }) in the browser.
func (s Signer) Session(id string, issuedAt, expiresAt int64) string {
	iso := func(at int64) string { return time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05.000Z") }
	refreshAt := issuedAt + (expiresAt-issuedAt)*2/3
	return fmt.Sprintf(`{"user":{"id":"%s"},"files":{"origin":"%s","prefix":"/users/%[1]s/"},"cookies":{"issuedAt":"%[3]s","expiresAt":"%[4]s","refreshAt":"%[5]s"},"session":{"expiresAt":"%[4]s"},"serverTime":"%[3]s"}`, id, s.FilesOrigin, iso(issuedAt), iso(expiresAt), iso(refreshAt))
}

// A cookie without a value is cleared.
func (s Signer) lines(id string, values ...string) (lines []string) {
	for i, name := range []string{"Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"} {
		gone := map[bool]string{true: "Expires=Thu, 01 Jan 1970 00:00:00 GMT; "}[values[i] == ""]
		line := fmt.Sprintf("CloudFront-%s=%s; Path=/users/%s/; Domain=%s; %sHttpOnly; Secure; SameSite=Lax", name, values[i], id, s.CookieDomain, gone)
		lines = append(lines, strings.Replace(line, " Domain=;", "", 1))
	}
	return lines
}
