/**
 * The fault of an issuer in the settings (OpenID Connect Discovery 1.0, section 3). The message goes on after the name
 * of the setting, and does not quote the issuer.
 */
export function issuerFault(issuer: string): string | undefined {
  if (!URL.canParse(issuer) || /\s/.test(issuer)) {
    return 'must be a URL, such as https://login.example.com';
  }
  const { protocol, hostname, username, password, search, hash, pathname } = new URL(issuer);
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback)) {
    return 'must be https (http is for a provider on this machine)';
  }
  if (username || password || search || hash || issuer.endsWith('?') || pathname.includes('/.well-known/')) {
    return 'must be the issuer alone, with no user, no query and no /.well-known/…';
  }
  return undefined;
}
