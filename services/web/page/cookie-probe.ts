const PROBE = '__Host-probe';

/** Whether this browser keeps a Secure cookie of this origin. Without such a cookie nobody can sign in. */
export function keepsSecureCookies(): boolean {
  document.cookie = `${PROBE}=1; Secure; Path=/; SameSite=Lax`;
  const isKept = document.cookie.split('; ').includes(`${PROBE}=1`);
  document.cookie = `${PROBE}=; Secure; Path=/; SameSite=Lax; Max-Age=0`;
  return isKept;
}
