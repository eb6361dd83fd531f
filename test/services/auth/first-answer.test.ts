import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { buildService } from '../../../infra/build.ts';
import { buildWeb } from '../../../services/web/build.ts';
import { startColdStarts } from '../../bench/support/cold-start.ts';
import { packagesOf } from '../../support/packages-of.ts';
import { temporaryDirectory } from '../../support/test-stack.ts';

t.test('the first answer of a Lambda function waits for no client that it does not need', async (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'web'));
  buildWeb(join(directory, 'web'));
  const metafile = buildService(directory);
  const { statusCode, loaded } = await (await startColdStarts(t))(join(directory, 'lambda.mjs'));
  t.equal(statusCode, 401);
  const files = loaded
    .filter((url) => url.startsWith('file:'))
    .map((url) => relative(process.cwd(), fileURLToPath(url)));
  const packages = packagesOf(metafile, files);
  t.ok(packages.includes('@aws-sdk/client-dynamodb'), 'the DynamoDB client is loaded');
  const later = [
    /client-(?:s3|kms|cloudfront)|signature-v4a|checksums|middleware-sdk-s3/,
    /^(?:openid-client|oauth4webapi|jose|tldts|prom-client)$/,
    /^(?:ajv|fast-uri|@fastify\/(?:ajv-compiler|fast-json-stringify-compiler|send))$/,
  ];
  t.strictSame(
    packages.filter((name) => later.some((those) => those.test(name))),
    [],
  );
  t.notOk(loaded.includes('node:http'), 'importing node:http would load a second HTTP client, Node’s fetch');
});
