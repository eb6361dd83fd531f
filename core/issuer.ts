/**
 * The faults of an issuer in the settings (OpenID Connect Discovery 1.0, section 3). There is at most one message, and
 * it does not quote the issuer.
 * @param name the name of the setting, for the message
 */
export function issuerFaults(issuer: string, name = 'OIDC_ISSUER'): string[] {
  if (!URL.canParse(issuer) || /\s/.test(issuer)) {
    return [`${name} must be a URL, such as https://login.example.com`];
  }
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    return [`${name} must be https (http is for a provider on this machine)`];
  }
  if (username || password || search || hash || issuer.endsWith('?') || pathname.includes('/.well-known/')) {
    return [`${name} must be the issuer alone, with no user, no query and no /.well-known/…`];
  }
  return [];
}
