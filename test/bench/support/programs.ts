import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const APT = '/usr/bin/apt-get';
/** Debian asks this program before it starts a service (invoke-rc.d(8)). */
const POLICY = '/usr/sbin/policy-rc.d';
const FORBIDDEN = 101;

const NGINX = { path: '/usr/sbin/nginx', debianPackage: 'nginx-light' };
const WRK = { path: '/usr/bin/wrk', debianPackage: 'wrk' };
const TASKSET = { path: '/usr/bin/taskset', debianPackage: 'util-linux' };
const PYTHON = '/usr/lib/python3/dist-packages';

/** The real programs that each benchmark needs or compares with. */
const NEEDED: Record<string, { path: string; debianPackage: string }[]> = {
  auth: [WRK],
  'auth-request': [NGINX, WRK, TASKSET],
  'cookie-sets': [
    { path: '/usr/bin/openssl', debianPackage: 'openssl' },
    { path: `${PYTHON}/botocore`, debianPackage: 'python3-botocore' },
    { path: `${PYTHON}/cryptography`, debianPackage: 'python3-cryptography' },
  ],
  edge: [NGINX, WRK, TASKSET],
  'edge-function': [
    { path: '/usr/bin/njs', debianPackage: 'njs' },
    { path: '/usr/bin/valgrind', debianPackage: 'valgrind' },
  ],
  page: [{ path: '/usr/bin/chromium', debianPackage: 'chromium' }],
};

/**
 * Installs the missing programs of a benchmark, if the user is root on Debian. Elsewhere the benchmark names the
 * programs that it skips.
 */
export function installMissing(benchmark: string): void {
  const missing = (NEEDED[benchmark] ?? []).filter(({ path }) => !existsSync(path));
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync(APT)) {
    install(missing.map(({ debianPackage }) => debianPackage));
  }
}

/** The installation starts no service, because nginx would listen for everybody. */
function install(debianPackages: string[]): void {
  const isOurs = !existsSync(POLICY);
  if (isOurs) writeFileSync(POLICY, `#!/bin/sh\nexit ${FORBIDDEN}\n`, { mode: 0o755 });
  try {
    console.log(`installing ${debianPackages.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...debianPackages]]) {
      spawnSync(APT, ['--quiet', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    }
  } finally {
    if (isOurs) rmSync(POLICY);
  }
}
