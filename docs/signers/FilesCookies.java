import java.security.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import java.util.stream.IntStream;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * CloudFront signed cookies for /users/{id}/ of the files host. Times are epoch seconds.
 * @param cookieDomain the name of the app host, or empty if both hosts have the same name
 * @param key EC (P-256) or RSA (2048)
 */
public record FilesCookies(String filesOrigin, String cookieDomain, String keyPairId, PrivateKey key) {
  private static final List<String> NAMES = List.of("Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm");

  /** The id of an account of a provider. It never changes, and no other account has it. */
  public static String deriveUserId(String issuer, String subject) throws GeneralSecurityException {
    if (issuer.isEmpty() || subject.isEmpty() || (issuer + subject).contains("\0"))
      throw new IllegalArgumentException("issuer and subject must be text without a NUL, and not empty");
    byte[] digest = MessageDigest.getInstance("SHA-256").digest((issuer + "\0" + subject).getBytes(UTF_8));
    StringBuilder bits = new StringBuilder();
    for (byte each : digest) bits.append(Integer.toBinaryString(256 + (each & 255)).substring(1));
    StringBuilder id = new StringBuilder();
    for (int at = 0; at < 130; at += 5)
      id.append("abcdefghijklmnopqrstuvwxyz234567".charAt(Integer.parseInt(bits.substring(at, at + 5), 2)));
    return id.toString();
  }

  /** The session start of a new sign-in; previous is 0 for the first. Empty after too many sign-ins in an hour. */
  public static OptionalLong nextStart(long previous, long now) {
    long start = Math.max(previous + 1, now - 3600);
    return start > now - 60 ? OptionalLong.empty() : OptionalLong.of(start);
  }

  /** Values of Set-Cookie. All cookies of one session have the same start. */
  public List<String> setCookies(String id, long start, long expiresAt) throws GeneralSecurityException {
    if (Math.min(start, expiresAt) < 0 || Math.max(start, expiresAt) > 100_000_000_000L)
      throw new IllegalArgumentException("CloudFront wants whole seconds since 1970");
    byte[] policy = """
        {"Statement":[{"Resource":"%s%s*","Condition":{"DateLessThan":{"AWS:EpochTime":%d},"DateGreaterThan":{"AWS:EpochTime":%d}}}]}"""
        .formatted(filesOrigin, pathOf(id), expiresAt, start).getBytes(UTF_8);
    Signature signer = Signature.getInstance(key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA");
    signer.initSign(key);
    signer.update(policy);
    return lines(id, List.of(encode(policy), encode(signer.sign()), keyPairId, "SHA256"));
  }

  public List<String> clearCookies(String id) {
    return lines(id, List.of("", "", "", ""));
  }

  /** The answer in JSON for createCookieGateway({ refreshUrl }) in the browser. */
  public String session(String id, long issuedAt, long expiresAt) {
    var iso = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    var times = Arrays.stream(new long[] {issuedAt, expiresAt, issuedAt + (expiresAt - issuedAt) * 2 / 3})
        .mapToObj(time -> iso.format(Instant.ofEpochSecond(time))).toList();
    return """
        {"user":{"id":"%s"},"files":{"origin":"%s","prefix":"%s"},"cookies":{"issuedAt":"%4$s","expiresAt":"%5$s","refreshAt":"%6$s"},"session":{"expiresAt":"%5$s"},"serverTime":"%4$s"}"""
        .formatted(id, filesOrigin, pathOf(id), times.get(0), times.get(1), times.get(2));
  }

  /** matches() reads the whole text, with a last line feed. */
  private static String pathOf(String id) {
    if (id.matches("[A-Za-z0-9_-]{1,64}")) return "/users/" + id + "/";
    throw new IllegalArgumentException("a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -");
  }

  private static String encode(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes).replace('+', '-').replace('=', '_').replace('/', '~');
  }

  /** A cookie without a value is cleared. */
  private List<String> lines(String id, List<String> values) {
    String domain = cookieDomain.isEmpty() ? "" : "; Domain=" + cookieDomain;
    return IntStream.range(0, 4).mapToObj(at -> "CloudFront-%s=%s; Path=%s%s%s; HttpOnly; Secure; SameSite=Lax".formatted(
        NAMES.get(at), values.get(at), pathOf(id), domain,
        values.get(at).isEmpty() ? "; Expires=Thu, 01 Jan 1970 00:00:00 GMT" : "")).toList();
  }
}
