import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';

const CORE = '@cloudfront-cookie-gateway/core/errors';
/** What the inner folders of the service may not import. */
const OUTSIDE = ['fastify', '@fastify/cookie', '@aws-sdk/client-dynamodb', 'node:fs', 'openid-client'];

/** Imports that a file of a folder may have, and imports that it may not have. */
const FOLDERS: Record<string, { may: string[]; mayNot: string[] }> = {
  core: { may: ['./errors.ts', 'node:crypto', 'node:buffer'], mayNot: ['node:http', 'node:fs'] },
  'services/auth/domain': {
    may: ['./session.ts', CORE, 'node:crypto'],
    mayNot: ['../adapters/users.ts', '../http/audit.ts', '../records/change-record.ts', ...OUTSIDE],
  },
  'services/auth/settings': {
    may: ['../domain/session.ts', CORE, 'node:fs'],
    mayNot: ['../deps.ts', '../adapters/users.ts', '@aws-sdk/client-s3', 'fastify'],
  },
  'services/auth/records': {
    may: ['../domain/session.ts', CORE],
    mayNot: ['../adapters/users.ts', '../sessions/end.ts', '../revocations/edge-teller.ts', ...OUTSIDE],
  },
  'services/auth/revocations': {
    may: ['../domain/session.ts', '../records/change-record.ts', './edge-lease.ts', CORE, 'prom-client'],
    mayNot: ['../adapters/lease.ts', '../http/audit.ts', '../sessions/end.ts', ...OUTSIDE],
  },
  'services/auth/files': {
    may: [CORE, '../domain/file-ports.ts', './usage.ts', 'node:crypto'],
    mayNot: ['../adapters/files.ts', '../http/context.ts', '../shares/shares.ts', '../deps.ts', ...OUTSIDE],
  },
  'services/auth/sessions': {
    may: ['../domain/session.ts', '../revocations/edge-teller.ts', CORE, 'node:crypto'],
    mayNot: ['../adapters/users.ts', '../http/context.ts', '../shares/shares.ts', '../deps.ts', ...OUTSIDE],
  },
  'services/auth/shares': {
    may: ['../domain/shares.ts', '../records/change-record.ts', '../sessions/session-deps.ts', CORE],
    mayNot: ['../adapters/users.ts', '../http/context.ts', ...OUTSIDE],
  },
  'services/auth/links': {
    may: ['../domain/link.ts', '../records/change-record.ts', '../files/usage.ts', CORE],
    mayNot: ['../adapters/users.ts', '../http/context.ts', '../deps.ts', '../shares/shares.ts', ...OUTSIDE],
  },
  'services/auth/adapters': {
    may: ['../domain/ports.ts', './dynamodb.ts', CORE, '@aws-sdk/client-dynamodb', 'openid-client'],
    mayNot: ['../http/audit.ts', '../sessions/end.ts', '../settings/config.ts', 'fastify'],
  },
  'services/auth/http': {
    may: ['../sessions/end.ts', CORE, 'fastify'],
    mayNot: ['../adapters/users.ts', '@aws-sdk/client-s3', 'openid-client'],
  },
};

/** A tree with a file for each import. Returns the files that the linter refuses by a rule. */
function refused(t: Parameters<typeof temporaryDirectory>[0], rule: string, imports: [string, string][]) {
  const directory = temporaryDirectory(t);
  for (const file of ['biome.json', '.gitignore', 'core/package.json', 'services/auth/package.json']) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(file, join(directory, file));
  }
  for (const [folder, from] of imports) {
    mkdirSync(join(directory, folder), { recursive: true });
    writeFileSync(join(directory, fileFor(folder, from)), `export { x } from '${from}';\n`);
  }
  const { stdout } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', `--only=${rule}`, '--reporter=github', '--max-diagnostics=none'],
    { cwd: directory, encoding: 'utf8' },
  );
  const found = [...stdout.matchAll(/file=([^,]+),/g)].map(([, file = '']) => resolve(directory, file));
  return found.map((file) => relative(directory, file)).toSorted();
}

function fileFor(folder: string, from: string): string {
  return `${folder}/${from.replaceAll(/[/:]/g, '~')}.ts`;
}

t.test('the linter refuses an import against the directions inside the service', async (t) => {
  const imports = Object.entries(FOLDERS).flatMap(([folder, { may, mayNot }]) =>
    [...may, ...mayNot].map((from): [string, string] => [folder, from]),
  );
  const expected = Object.entries(FOLDERS).flatMap(([folder, { mayNot }]) =>
    mayNot.map((from) => fileFor(folder, from)),
  );
  t.strictSame(refused(t, 'style/noRestrictedImports', imports), expected.toSorted());
});

t.test('the linter refuses a package that is not in the package.json of the room', async (t) => {
  const imports: [string, string][] = [
    ['core', 'tldts'],
    ['core', '@cloudfront-cookie-gateway/auth/main'],
    ['services/auth', 'fastify'],
    ['services/auth', '@cloudfront-cookie-gateway/core/errors'],
    ['services/auth', '@cloudfront-cookie-gateway/infra/values'],
    ['services/auth', 'aws-cdk-lib'],
  ];
  t.strictSame(refused(t, 'correctness/noUndeclaredDependencies', imports), [
    'core/@cloudfront-cookie-gateway~auth~main.ts',
    'core/tldts.ts',
    'services/auth/@cloudfront-cookie-gateway~infra~values.ts',
    'services/auth/aws-cdk-lib.ts',
  ]);
});
