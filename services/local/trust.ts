import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** The authority of the local stack's certificate. People trust this file. */
export function authorityFile(directory: string): string {
  return join(directory, 'https', 'authority.pem');
}

/** Makes this process trust the authority, if there is one. */
export function trustAuthority(directory: string): void {
  const file = authorityFile(directory);
  if (existsSync(file))
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
}
