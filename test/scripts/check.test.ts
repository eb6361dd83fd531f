import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';

/** What a file of a room may import, and what it may not. */
const ROOMS: Record<string, { may: string[]; mayNot: string[] }> = {
  domain: {
    may: ['./errors.ts', '../../../edge/function/path.ts', 'node:crypto'],
    mayNot: ['../adapters/users.ts', '../http/audit.ts', '../records/change-record.ts', '../sessions/end.ts'],
  },
  records: {
    may: ['../domain/errors.ts'],
    mayNot: ['../adapters/users.ts', '../sessions/end.ts', '../revocations/edge-teller.ts', '../config.ts'],
  },
  revocations: {
    may: [
      '../domain/errors.ts',
      '../records/change-record.ts',
      './edge-lease.ts',
      'node:crypto',
      'prom-client',
    ],
    mayNot: ['../adapters/lease.ts', '../http/audit.ts', '../sessions/end.ts', '../shares/shares.ts'],
  },
  sessions: {
    may: [
      '../domain/errors.ts',
      '../records/change-record.ts',
      '../revocations/edge-teller.ts',
      'node:crypto',
    ],
    mayNot: [
      '../adapters/users.ts',
      '../http/context.ts',
      '../shares/shares.ts',
      '../deps.ts',
      '../stores.ts',
    ],
  },
  shares: {
    may: ['../domain/shares.ts', '../records/change-record.ts', '../sessions/session-deps.ts'],
    mayNot: ['../adapters/users.ts', '../http/context.ts', '../../cli/revoke.ts'],
  },
  adapters: {
    may: ['../domain/ports.ts', './dynamodb.ts', '@aws-sdk/client-dynamodb', 'openid-client'],
    mayNot: ['../http/audit.ts', '../sessions/end.ts', '../config.ts', 'fastify'],
  },
  http: {
    may: ['../sessions/end.ts', '../domain/errors.ts', 'fastify'],
    mayNot: ['../adapters/users.ts', '@aws-sdk/client-s3', 'openid-client'],
  },
};
/** Of all but adapters and http. */
const OUTSIDE = ['fastify', '@fastify/cookie', '@aws-sdk/client-dynamodb', 'node:fs', 'openid-client'];

t.test('the linter refuses an import against the directions', async (t) => {
  const directory = temporaryDirectory(t);
  for (const file of ['biome.json', '.gitignore']) copyFileSync(file, join(directory, file));
  const write = (room: string, from: string) => {
    const file = `services/auth/${room}/${from.replaceAll(/[/:]/g, '~')}`;
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, `${file}.ts`), `export { x } from '${from}';\n`);
    return `${file}.ts`;
  };
  const expected = Object.entries(ROOMS).flatMap(([room, { may, mayNot }]) => {
    for (const from of may) write(room, from);
    const others = room === 'adapters' || room === 'http' ? [] : OUTSIDE;
    return [...mayNot, ...others].map((from) => write(room, from));
  });
  const { stdout } = spawnSync(
    resolve('node_modules/.bin/biome'),
    ['lint', '--only=style/noRestrictedImports', '--reporter=github', '--max-diagnostics=none'],
    { cwd: directory, encoding: 'utf8' },
  );
  const refused = [...stdout.matchAll(/file=([^,]+),/g)].map(([, file = '']) =>
    relative(directory, resolve(directory, file)),
  );
  t.strictSame(refused.toSorted(), expected.toSorted());
});
