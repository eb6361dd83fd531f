import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const APT = '/usr/bin/apt-get';
/** Debian asks this program before it starts a service (invoke-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';
const FORBIDDEN = 101;

const PYTHON = '/usr/lib/python3/dist-packages';
/** The paths of real programs, and the packages of Debian that have them. */
const PACKAGES: Record<string, string> = {
  '/usr/sbin/nginx': 'nginx-light',
  '/usr/bin/wrk': 'wrk',
  '/usr/bin/taskset': 'util-linux',
  '/usr/bin/openssl': 'openssl',
  [`${PYTHON}/botocore`]: 'python3-botocore',
  [`${PYTHON}/cryptography`]: 'python3-cryptography',
  '/usr/bin/njs': 'njs',
  '/usr/bin/valgrind': 'valgrind',
  '/usr/bin/chromium': 'chromium',
};
const WRK = ['/usr/bin/wrk', '/usr/bin/taskset'];
/** The programs that each benchmark needs. */
const NEEDED: Record<string, string[]> = {
  auth: WRK,
  'auth-request': ['/usr/sbin/nginx', ...WRK],
  edge: ['/usr/sbin/nginx', ...WRK],
  'edge-function': ['/usr/bin/njs', '/usr/bin/valgrind'],
  gallery: ['/usr/bin/chromium'],
  page: ['/usr/bin/chromium'],
};
/** The programs that a benchmark compares with, if they are there. */
export const COMPARED = {
  openssl: ['/usr/bin/openssl'],
  boto3: [`${PYTHON}/botocore`, `${PYTHON}/cryptography`],
};

/**
 * Installs the missing programs of a benchmark, if the user is root on Debian.
 * @returns the packages of Debian that the benchmark lacks nevertheless, in words
 */
export function lackingFor(benchmark: string): string | undefined {
  const needed = NEEDED[benchmark] ?? [];
  const wished = benchmark === 'cookie-sets' ? Object.values(COMPARED).flat() : needed;
  const packages = (paths: string[]) =>
    paths.filter((path) => !existsSync(path)).map((path) => PACKAGES[path] ?? path);
  if (packages(wished).length > 0 && process.getuid?.() === 0 && existsSync(APT)) install(packages(wished));
  const lacking = packages(needed);
  return lacking.length > 0 ? `this machine lacks the Debian packages ${lacking.join(', ')}` : undefined;
}

/** The installation starts no service, because nginx would listen for everybody. */
function install(packages: string[]): void {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, `#!/bin/sh\nexit ${FORBIDDEN}\n`, { mode: 0o755 });
  try {
    console.log(`installing ${packages.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
      spawnSync(APT, ['--quiet', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}
