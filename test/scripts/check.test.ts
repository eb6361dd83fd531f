import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import t from 'tap';
import { temporaryDirectory } from '../support/test-stack.ts';

/** Packages that no room of the service may import, except adapters and http. */
const OUTSIDE = ['fastify', '@fastify/cookie', '@aws-sdk/client-dynamodb', 'node:fs', 'openid-client'];

/** Imports that a file of a folder may have, and imports that it may not have. */
const ROOMS: Record<string, { may: string[]; mayNot: string[] }> = {
  core: {
    may: ['./errors.ts', 'node:crypto', 'node:buffer'],
    mayNot: [
      ...['../edge/build.ts', '../services/auth/domain/session.ts', '../infra/values.ts', '../test/a.ts'],
      ...['node:http', 'tldts', 'jose', ...OUTSIDE],
    ],
  },
  'edge/function': {
    may: ['./gate.ts', '../../core/owner-path.ts'],
    mayNot: ['../build.ts', '../../services/auth/domain/session.ts', 'node:crypto', '@aws-sdk/client-s3'],
  },
  'edge/local': {
    may: ['./template/shape.ts', 'node:http'],
    mayNot: [
      ...['../function/gate.ts', '../../core/errors.ts', '../../infra/synth.ts'],
      ...['../../services/local/stack.ts', 'aws-cdk-lib'],
    ],
  },
  'edge/local/cache': {
    may: ['../template/shape.ts'],
    mayNot: ['../../function/gate.ts', '../../../test/a.ts'],
  },
  infra: {
    may: ['./values.ts', '../core/origins.ts', '../edge/build.ts', '../services/web/build.ts'],
    mayNot: [
      ...[
        '../services/local/state.ts',
        '../services/operator/cli/keys.ts',
        '../services/operator/deploy/deploy.ts',
      ],
      ...[
        '../services/operator/keys/records.ts',
        '../services/operator/probe/run.ts',
        '../scripts/build.ts',
        '../test/a.ts',
      ],
    ],
  },
  'services/auth': {
    may: ['./app.ts', './adapters/users.ts', '../../core/errors.ts', 'fastify'],
    mayNot: [
      ...[
        '../cli/revoke.ts',
        '../local/stack.ts',
        '../web/build.ts',
        '../keys/records.ts',
        '../probe/run.ts',
      ],
      ...['../deploy/deploy.ts', '../../infra/values.ts', '../../test/support/client.ts'],
    ],
  },
  'services/auth/domain': {
    may: ['./session.ts', '../../../core/errors.ts', 'node:crypto'],
    mayNot: [
      ...['../adapters/users.ts', '../http/audit.ts', '../records/change-record.ts', '../sessions/end.ts'],
      '../../../edge/function/gate.ts',
      ...OUTSIDE,
    ],
  },
  'services/auth/settings': {
    may: ['../domain/session.ts', '../../../core/errors.ts', 'node:fs'],
    mayNot: ['../deps.ts', '../adapters/users.ts', '@aws-sdk/client-s3', 'fastify'],
  },
  'services/auth/records': {
    may: ['../domain/session.ts', '../../../core/errors.ts'],
    mayNot: [
      ...['../adapters/users.ts', '../sessions/end.ts', '../revocations/edge-teller.ts', '../deps.ts'],
      ...OUTSIDE,
    ],
  },
  'services/auth/revocations': {
    may: [
      '../../../core/errors.ts',
      '../domain/session.ts',
      '../records/change-record.ts',
      './edge-lease.ts',
      'node:crypto',
      'prom-client',
    ],
    mayNot: [
      ...['../adapters/lease.ts', '../http/audit.ts', '../sessions/end.ts', '../shares/shares.ts'],
      ...OUTSIDE,
    ],
  },
  'services/auth/sessions': {
    may: [
      '../../../core/errors.ts',
      '../domain/session.ts',
      '../records/change-record.ts',
      '../revocations/edge-teller.ts',
      'node:crypto',
    ],
    mayNot: [
      ...['../adapters/users.ts', '../http/context.ts', '../shares/shares.ts', '../deps.ts', '../stores.ts'],
      ...OUTSIDE,
    ],
  },
  'services/auth/shares': {
    may: [
      ...['../../../core/errors.ts', '../domain/shares.ts', '../records/change-record.ts'],
      '../sessions/session-deps.ts',
    ],
    mayNot: ['../adapters/users.ts', '../http/context.ts', '../../operator/cli/sessions.ts', ...OUTSIDE],
  },
  'services/auth/files': {
    may: ['../../../core/errors.ts', '../domain/file-ports.ts', './usage.ts', 'node:crypto'],
    mayNot: ['../adapters/files.ts', '../http/context.ts', '../shares/shares.ts', '../deps.ts', ...OUTSIDE],
  },
  'services/auth/adapters': {
    may: [
      '../../../core/errors.ts',
      '../domain/ports.ts',
      './dynamodb.ts',
      '@aws-sdk/client-dynamodb',
      'openid-client',
    ],
    mayNot: ['../http/audit.ts', '../sessions/end.ts', '../settings/config.ts', 'fastify'],
  },
  'services/auth/http': {
    may: ['../sessions/end.ts', '../../../core/errors.ts', 'fastify'],
    mayNot: [
      ...[
        '../adapters/users.ts',
        '../../operator/cli/sessions.ts',
        '../../local/stack.ts',
        '../../../infra/values.ts',
      ],
      ...['@aws-sdk/client-s3', 'openid-client'],
    ],
  },
  'services/operator/keys': {
    may: ['./records.ts', '../../../core/signing-key.ts', 'node:fs'],
    mayNot: [
      ...[
        '../../auth/domain/session.ts',
        '../../auth/settings/config.ts',
        '../cli/keys.ts',
        '../../local/state.ts',
        '../../../infra/values.ts',
      ],
    ],
  },
  'services/web': {
    may: ['./page/main.ts', '../../core/shown-types.ts'],
    mayNot: [
      '../auth/domain/session.ts',
      '../auth/http/html.ts',
      '../local/stack.ts',
      '../operator/cli/keys.ts',
      '../../infra/values.ts',
    ],
  },
  'services/web/client': {
    may: ['./api.ts'],
    mayNot: ['../page/main.ts', '../../../core/errors.ts', 'node:crypto', '@aws-sdk/client-s3'],
  },
  'services/web/page': {
    may: ['../client/gateway.ts', '../../../core/type-by-extension.ts', './main.ts'],
    mayNot: [
      '../client/api.ts',
      '../../auth/domain/session.ts',
      '../../auth/http/html.ts',
      '../../local/stack.ts',
      '../../../infra/values.ts',
    ],
  },
  'services/local': {
    may: ['./stack.ts', '../operator/keys/key-files.ts', '../auth/main.ts', '../../infra/synth.ts'],
    mayNot: [
      '../operator/cli/keys.ts',
      '../operator/deploy/deploy.ts',
      '../operator/probe/run.ts',
      '../../scripts/build.ts',
    ],
  },
  'services/local/s3': {
    may: [
      './error.ts',
      '../store/uri.ts',
      '../../operator/keys/state-file.ts',
      '../../../edge/local/loopback.ts',
    ],
    mayNot: ['../stack.ts', '../settings.ts', '../../../core/errors.ts', '../key-value-store/server.ts'],
  },
  'services/local/key-value-store': {
    may: ['../store/http.ts', '../../../edge/local/loopback.ts'],
    mayNot: ['../stack.ts', '../s3/server.ts', '../../../core/errors.ts'],
  },
  'services/local/store': {
    may: ['./uri.ts', 'node:http'],
    mayNot: ['../stack.ts', '../s3/server.ts', '../../../core/errors.ts'],
  },
  'services/operator/probe': {
    may: [
      './run.ts',
      '../../local/s3/server.ts',
      '../../../core/origins.ts',
      '../../../edge/local/assumptions.ts',
    ],
    mayNot: ['../cli/probe.ts', '../deploy/deploy.ts', '../../web/build.ts', '../../../infra/values.ts'],
  },
  'services/operator/deploy': {
    may: ['./check/check.ts', '../../../core/signing-key.ts', '../../../infra/values.ts'],
    mayNot: ['../cli/check.ts', '../../local/state.ts', '../probe/run.ts', '../../web/build.ts'],
  },
  'services/operator/deploy/around': {
    may: ['./place.ts', '../../../../infra/values.ts'],
    mayNot: ['../check/check.ts', '../make/keys.ts', '../deploy.ts', '../../cli/check.ts'],
  },
  'services/operator/deploy/check': {
    may: ['../around/place.ts', '../../../../core/signing-key.ts', '../../../../infra/values.ts'],
    mayNot: ['../../../auth/domain/session.ts', '../make/keys.ts', '../deploy.ts', '../../cli/check.ts'],
  },
  'services/operator/cli': {
    may: ['../deploy/check/check.ts', '../../local/running.ts', '../probe/run.ts', '../keys/records.ts'],
    mayNot: ['../../../scripts/build.ts', '../../../test/support/client.ts'],
  },
};

t.test('the linter refuses an import against the directions', async (t) => {
  const directory = temporaryDirectory(t);
  for (const file of ['biome.json', '.gitignore']) copyFileSync(file, join(directory, file));
  const write = (room: string, from: string) => {
    const file = `${room}/${from.replaceAll(/[/:]/g, '~')}`;
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, `${file}.ts`), `export { x } from '${from}';\n`);
    return `${file}.ts`;
  };
  const expected = Object.entries(ROOMS).flatMap(([room, { may, mayNot }]) => {
    for (const from of may) write(room, from);
    return mayNot.map((from) => write(room, from));
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
