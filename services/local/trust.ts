import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Of the certificate of a local stack, which people trust. */
export function authorityFile(directory: string): string {
  return join(directory, 'https', 'authority.pem');
}

/** This process trusts it from now on, where there is one. */
export function trustAuthority(directory: string): void {
  const file = authorityFile(directory);
  if (existsSync(file))
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
}
