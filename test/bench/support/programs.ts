import { existsSync } from 'node:fs';

const PYTHON = '/usr/lib/python3/dist-packages';
/** The paths of real programs, and the packages of Debian that have them. */
const PACKAGES: Record<string, string> = {
  '/usr/bin/njs': 'njs',
  '/usr/bin/valgrind': 'valgrind',
  '/usr/bin/chromium': 'chromium',
};
/** The programs that each benchmark needs. */
const NEEDED: Record<string, string[]> = {
  'edge-function': ['/usr/bin/njs', '/usr/bin/valgrind'],
  page: ['/usr/bin/chromium'],
};
/** The programs that a benchmark compares with, if they are there. */
export const COMPARED = {
  openssl: ['/usr/bin/openssl'],
  boto3: [`${PYTHON}/botocore`, `${PYTHON}/cryptography`],
};

/** @returns the packages of Debian that the benchmark lacks, in words */
export function lackingFor(benchmark: string): string | undefined {
  const lacking = (NEEDED[benchmark] ?? []).filter((path) => !existsSync(path));
  if (lacking.length === 0) return undefined;
  return `this machine lacks the Debian packages ${lacking.map((path) => PACKAGES[path]).join(', ')}`;
}
