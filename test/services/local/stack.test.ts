import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { deriveTeamId } from '../../../core/owner.ts';
import { readTemplate } from '../../../edge/local/template/template.ts';
import { checkPorts, parseLocalSettings } from '../../../services/local/settings.ts';
import { startLocalStack } from '../../../services/local/stack.ts';
import { BUCKET } from '../../../services/local/state.ts';
import { createReserve } from '../../../services/local/store/reserve.ts';
import { openKeyValueStore } from '../../../services/local/stores.ts';
import { cachedService, cachedStack } from '../../support/cached-build.ts';
import { parseJson, signIn } from '../../support/client.ts';
import { freePortVariables, startTestStack, temporaryDirectory } from '../../support/test-stack.ts';
import { ACCOUNT_ID, REGION, TEMPLATE } from './support/local-s3.ts';

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

t.test(
  'TEAM_CLAIM=groups: each group of the local provider is a team, whose set opens it at the edge',
  async (t) => {
    const stack = await startTestStack(t, { env: { TEAMS: 'both', TEAM_CLAIM: 'groups' } });
    const alice = await signIn(stack, 'alice');
    const issuer = `http://localhost:${stack.settings.ports.identityProvider}`;
    const id = deriveTeamId(issuer, 'everyone');
    const summary = { id, name: 'everyone', role: 'editor', kind: 'provider', prefix: `/teams/${id}/` };
    const listed = await parseJson(await alice.request(`${stack.appOrigin}/api/teams`));
    t.strictSame(listed, { teams: [summary], mayMake: true });
    t.equal((await alice.post(`/auth/refresh?team=${id}`)).status, 200);
    const opened = await alice.request(`${stack.filesOrigin}/teams/${id}/?clear`);
    t.equal(opened.status, 200);
    const elsewhere = await alice.request(
      `${stack.filesOrigin}/teams/${deriveTeamId(issuer, 'other')}/?clear`,
    );
    t.equal(elsewhere.status, 403);
  },
);

t.test('npm start with WEB_DIRECTORY serves that page alone, and writes nothing into it', async (t) => {
  const directory = temporaryDirectory(t);
  const page = '<!doctype html><head>\n  </head>own page';
  writeFileSync(join(directory, 'index.html'), page);
  const policy = "default-src 'self'";
  const stack = await startTestStack(t, {
    env: { WEB_DIRECTORY: directory, CONTENT_SECURITY_POLICY: policy },
  });
  const answer = await fetch(`${stack.appOrigin}/albums/7`, { headers: { accept: 'text/html' } });
  t.strictSame([answer.status, await answer.text()], [200, page]);
  t.equal(answer.headers.get('content-security-policy'), policy);
  const alice = await signIn(stack, 'alice');
  t.equal((await alice.post('/demo/attempts')).status, 404, 'nothing of the demonstration');
  t.equal((await fetch(`${stack.appOrigin}/demo.js`)).status, 404);
  t.strictSame(readdirSync(directory), ['index.html']);
  t.equal(readFileSync(join(directory, 'index.html'), 'utf8'), page);
});

t.test('a folder without a page is refused by name', async (t) => {
  const WEB_DIRECTORY = temporaryDirectory(t);
  t.throws(() => parseLocalSettings({ WEB_DIRECTORY }), {
    message: 'WEB_DIRECTORY must be a directory with an index.html',
  });
});

t.test('the store of the edge keeps its entries over a start, and puts a damaged file aside', async (t) => {
  const directory = temporaryDirectory(t);
  const template = readTemplate(TEMPLATE, { region: REGION, accountId: ACCOUNT_ID });
  const open = () => openKeyValueStore(directory, template, createReserve(`${directory}/reserve`));
  const first = open();
  const { logicalId, ref } = template.only('AWS::CloudFront::KeyValueStore');
  t.equal(first.logicalId, logicalId);
  t.equal(first.arn, `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${ref}`);
  t.strictSame(first.store.entries(), []);
  first.store.update({ puts: [{ key: 'a', value: '1' }], deletes: [] }, first.store.describe().etag);
  t.strictSame(open().store.entries(), [['a', '1']]);
  t.equal(open().store.describe().etag, first.store.describe().etag, 'a writer may go on after it');
  const file = join(directory, 'key-value-store.json');
  for (const left of ['{}', 'null', '{"entries":1}', '{']) {
    writeFileSync(file, left);
    t.strictSame(open().store.entries(), [], left);
    t.equal(readFileSync(`${file}.bad`, 'utf8'), left);
  }
});
