import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import { isRecord } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { type LocalSettings, PORT_NAMES, PORT_VARIABLES } from './settings.ts';

const FILE = 'running.json';

/** Writes down where the stack is, as environment variables, for the operator's commands. */
export function writeRunning(directory: string, { ports, appOrigin, filesOrigin }: LocalSettings): void {
  const variables = PORT_NAMES.map((name) => [PORT_VARIABLES[name][0], String(ports[name])]);
  // Only origins that do not follow from the ports. Otherwise a port that a person sets in the shell would have no
  // effect.
  const origins = [
    ...(appOrigin === `http://localhost:${ports.app}` ? [] : [['APP_ORIGIN', appOrigin]]),
    ...(filesOrigin === `http://localhost:${ports.edge}` ? [] : [['FILES_ORIGIN', filesOrigin]]),
  ];
  const content = Object.fromEntries([...variables, ...origins]);
  writePrivate(join(directory, FILE), JSON.stringify(content));
}

/** Where the local stack ran last; empty if none has run. */
export function readRunning(directory: string): Record<string, string> {
  const file = join(directory, FILE);
  const left: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return isRecord(left)
    ? Object.fromEntries(Object.entries(left).map(([name, value]) => [name, String(value)]))
    : {};
}

/** Makes this process trust the authority of the stack's certificate, if there is one. */
export function trustAuthority(directory: string): void {
  const file = join(directory, 'https', 'authority.pem');
  if (existsSync(file))
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
}
