import { getPublicSuffix } from 'tldts';

/** Whether strangers may register names below a host, such as github.io: browsers refuse cookies for all of them. */
export function isPublicSuffix(hostname: string): boolean {
  return getPublicSuffix(hostname, { allowPrivateDomains: true }) === hostname;
}
