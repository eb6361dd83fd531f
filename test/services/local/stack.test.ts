import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { checkPorts, parseLocalSettings } from '../../../services/local/settings.ts';
import { startLocalStack } from '../../../services/local/stack.ts';
import { buildLocalStack, KEPT_VALUES } from '../../../services/local/stack-template.ts';
import { BUCKET, REGION } from '../../../services/local/state.ts';
import { cachedService, cachedStack } from '../../support/cached-build.ts';
import { freePortVariables, temporaryDirectory } from '../../support/test-stack.ts';

t.test('of a start that fails, nothing is left to listen', async (t) => {
  const directory = temporaryDirectory(t);
  const authEntry = join(directory, 'service.mjs');
  writeFileSync(authEntry, 'process.exitCode = 3;');
  const settings = parseLocalSettings(await freePortVariables());
  const message = 'the auth service did not start: it ended with status 3; its log says why';
  await t.rejects(startLocalStack({ settings, directory, authEntry, build: cachedStack }), { message });
  await checkPorts(settings.ports, false);
});

t.test('what a stack has begun to scan is scanned before it ends', async (t) => {
  const directory = temporaryDirectory(t);
  const settings = parseLocalSettings({ ...(await freePortVariables()), SCAN: 'demo' });
  const demonstration = await cachedService();
  const stack = await startLocalStack({ settings, directory, demonstration, build: cachedStack });
  const s3 = new S3Client({
    ...{ endpoint: `http://localhost:${settings.ports.s3}`, region: REGION, forcePathStyle: true },
    credentials: stack.state.secrets.operator,
  });
  t.teardown(() => s3.destroy());
  await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'users/ann/a', Body: 'a' }));
  await stack.close();
  const kept = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.parentPath.includes('s3'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  t.ok(kept.some((text) => text.includes('NO_THREATS_FOUND')));
});

t.test('what is built has the page and the template, and nothing of an earlier build', (t) => {
  const directory = join(temporaryDirectory(t), 'new', 'build');
  const old = join(directory, 'infra', 'old');
  for (const before of [false, true]) {
    if (before) mkdirSync(old);
    const template = buildLocalStack(KEPT_VALUES, directory);
    const file = join(directory, 'infra', `${KEPT_VALUES.stackName}.template.json`);
    t.equal(readFileSync(file, 'utf8'), JSON.stringify(template, null, 1), `${before}`);
    t.match(readFileSync(join(directory, 'web', 'index.html'), 'utf8'), '</html>', `${before}`);
    t.equal(existsSync(old), false, `${before}`);
  }
  t.end();
});
