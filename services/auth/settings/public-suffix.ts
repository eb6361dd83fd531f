import { getPublicSuffix } from 'tldts';

/** Whether strangers may register names below a host, as below github.io. Browsers refuse cookies for such a host. */
export function isPublicSuffix(hostname: string): boolean {
  return getPublicSuffix(hostname, { allowPrivateDomains: true }) === hostname;
}
