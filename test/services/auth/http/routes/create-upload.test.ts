import t from 'tap';
import { parseJson, send } from '../../../../support/client.ts';
import { operatorsBucket } from '../../../../support/operators-bucket.ts';
import { raceSuite, signedPutSuite } from '../../../../support/signed-put-suite.ts';
import { startTestStack } from '../../../../support/test-stack.ts';
import { startMisbehavingProvider } from '../../support/misbehaving-provider.ts';
import { attemptLogin, startService, startStore } from '../../support/service.ts';

t.test('the uploads that S3 accepts from a signed PUT', async (t) => {
  const stack = await startTestStack(t);
  const bucket = operatorsBucket(t, stack);
  await t.test('one content', async (t) => signedPutSuite(t, stack, bucket));
  await t.test('one of two at once', (t) => raceSuite(t, stack, bucket, 10));
});

t.test('size and type are limited by configuration', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const service = await startService(t, provider.issuer, {
    MAX_FILE_BYTES: '100',
    ALLOWED_TYPES: 'application/zip,image/png',
  });
  const { jar } = await attemptLogin(service, provider);
  const create = async (file: { size: number; type: string }) => {
    const answer = await send(jar, `${service.origin}/api/uploads`, {
      method: 'POST',
      headers: { origin: service.origin, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'a.zip', sha256: '0'.repeat(64), ...file }),
    });
    const { code } = await parseJson<{ code?: string }>(answer);
    return [answer.status, code];
  };
  t.strictSame(await create({ size: 100, type: 'application/zip' }), [201, undefined]);
  t.strictSame(await create({ size: 101, type: 'application/zip' }), [413, 'file_too_large']);
  t.strictSame(await create({ size: 100, type: 'image/jpeg' }), [415, 'type_not_allowed']);
  t.strictSame(await create({ size: 100, type: 'image/PNG' }), [415, 'type_not_allowed']);
});

t.test('a page is told the limits, if there are any', async (t) => {
  await startStore(t);
  const provider = await startMisbehavingProvider(t);
  const told = async (variables: Record<string, string>) => {
    const service = await startService(t, provider.issuer, variables);
    const { jar } = await attemptLogin(service, provider);
    const session = await send(jar, `${service.origin}/auth/session`);
    const { files } = await parseJson<{ files: { types?: string[]; maxBytes?: number } }>(session);
    return [files.types, files.maxBytes];
  };
  t.strictSame(await told({ ALLOWED_TYPES: 'image/png', MAX_USER_BYTES: '1000' }), [['image/png'], 1_000]);
  t.strictSame(await told({}), [undefined, undefined]);
});
