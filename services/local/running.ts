import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../edge/local/template/shape.ts';
import { writePrivate } from '../operator/keys/private-file.ts';
import { type LocalSettings, PORT_VARIABLES } from './settings.ts';

const FILE = 'running.json';

/** Writes down where the stack is, as environment variables, for the operator's commands. */
export function writeRunning(directory: string, { ports, appOrigin, filesOrigin }: LocalSettings): void {
  const variables = Object.entries(PORT_VARIABLES).map(([name, [variable]]) => [
    variable,
    String(Object.entries(ports).find(([port]) => port === name)?.[1]),
  ]);
  // Only origins that do not follow from the ports. Otherwise a port that a person sets in the shell would have no
  // effect.
  const origins = [
    ...(appOrigin === `http://localhost:${ports.app}` ? [] : [['APP_ORIGIN', appOrigin]]),
    ...(filesOrigin === `http://localhost:${ports.edge}` ? [] : [['FILES_ORIGIN', filesOrigin]]),
  ];
  writePrivate(
    join(directory, FILE),
    JSON.stringify(Object.fromEntries([...variables, ...origins]), null, 2),
  );
}

/** Where the local stack ran last; empty if none has run. */
export function readRunning(directory: string): Record<string, string> {
  const file = join(directory, FILE);
  const left: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return isRecord(left)
    ? Object.fromEntries(Object.entries(left).map(([name, value]) => [name, String(value)]))
    : {};
}
