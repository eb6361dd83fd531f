# CloudFront signed cookies for /users/<id>/ of the files host. Times are epoch seconds.
require "digest"
require "json"
require "openssl"
require "time"

class FilesCookies
  NAMES = %w[Policy Signature Key-Pair-Id Hash-Algorithm].freeze
  BASE32 = "abcdefghijklmnopqrstuvwxyz234567"

  # The id of an account of a provider. It never changes, and no other account has it.
  def self.derive_user_id(issuer, subject)
    if issuer.empty? || subject.empty? || (issuer + subject).include?("\0")
      raise ArgumentError, "issuer and subject must be text without a NUL, and not empty"
    end
    bits = Digest::SHA256.digest("#{issuer}\0#{subject}").unpack1("B130")
    bits.scan(/.{5}/).map { |five| BASE32[five.to_i(2)] }.join
  end

  # The session start of a new sign-in. nil after too many sign-ins in an hour.
  def self.next_start(previous, now)
    start = [(previous || 0) + 1, now - 3600].max
    start > now - 60 ? nil : start
  end

  # cookie_domain is the name of the app host, or empty if both hosts have the same name.
  def initialize(files_origin, cookie_domain, key_pair_id, private_key)
    @files_origin, @cookie_domain, @key_pair_id = files_origin, cookie_domain, key_pair_id
    @key = OpenSSL::PKey.read(private_key)
  end

  # Values of Set-Cookie. All cookies of one session have the same start.
  def set_cookies(user_id, start, expires_at)
    policy = %({"Statement":[{"Resource":"#{@files_origin}#{path_of(user_id)}*","Condition":) +
             %({"DateLessThan":{"AWS:EpochTime":#{seconds(expires_at)}},) +
             %("DateGreaterThan":{"AWS:EpochTime":#{seconds(start)}}}}]})
    lines(user_id, [encode(policy), encode(@key.sign("SHA256", policy)), @key_pair_id, "SHA256"])
  end

  def clear_cookies(user_id) = lines(user_id, [""] * 4)

  # The answer in JSON for createCookieGateway({ refreshUrl }) in the browser.
  def session(user_id, issued_at, expires_at)
    iso = ->(time) { Time.at(time).utc.iso8601(3) }
    refresh_at = issued_at + (expires_at - issued_at) * 2 / 3
    JSON.generate(
      user: { id: user_id }, files: { origin: @files_origin, prefix: path_of(user_id) },
      cookies: { issuedAt: iso.(issued_at), expiresAt: iso.(expires_at), refreshAt: iso.(refresh_at) },
      session: { expiresAt: iso.(expires_at) },
      serverTime: iso.(issued_at)
    )
  end

  # \z, because $ also matches at the end of each line.
  def path_of(user_id)
    return "/users/#{user_id}/" if user_id.match?(/\A[A-Za-z0-9_-]{1,64}\z/)
    raise ArgumentError, "a user id is 1 to 64 of A-Z, a-z, 0-9, _ and -"
  end

  private

  def seconds(time)
    return time if time.is_a?(Integer) && time.between?(0, 100_000_000_000)
    raise ArgumentError, "CloudFront wants whole seconds since 1970"
  end

  def encode(bytes) = [bytes].pack("m0").tr("+=/", "-_~")

  # A cookie without a value is cleared.
  def lines(user_id, values)
    domain = @cookie_domain.empty? ? "" : "; Domain=#{@cookie_domain}"
    NAMES.zip(values).map do |name, value|
      expires = value.empty? ? "; Expires=Thu, 01 Jan 1970 00:00:00 GMT" : ""
      "CloudFront-#{name}=#{value}; Path=#{path_of(user_id)}#{domain}#{expires}; HttpOnly; Secure; SameSite=Lax"
    end
  end
end
