#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createLocalCloudFront } from './create-local-cloudfront.ts';
import { isRecord } from './template/shape.ts';

const HELP = `edge-local --template <file> [--bucket <name>=<S3 endpoint> ...] [--port 8080]

Serves the distribution of a CloudFormation template, such as cdk.out/App.template.json, on loopback, until it is stopped.
--bucket    where a bucket of the template really lives: http://localhost:9090, asked with AWS_ACCESS_KEY_ID and
            AWS_SECRET_ACCESS_KEY. A bucket without a BucketName has its logical id in lower case for a name.
The key pair id of a public key is the Name that the template gives it.`;
const REGION = 'us-east-1';

class UsageError extends Error {}

function parseOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        template: { type: 'string' },
        bucket: { type: 'string', multiple: true, default: [] },
        port: { type: 'string', default: '8080' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : HELP, { cause });
  }
}

function originsOf(buckets: readonly string[]) {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = process.env;
  return Object.fromEntries(
    buckets.map((given) => {
      const [, bucket, endpoint] = /^([^=]+)=(http:\/\/.+)$/.exec(given) ?? [];
      if (!bucket || !endpoint) throw new UsageError(`--bucket ${given} is not <name>=http://…`);
      if (!accessKeyId || !secretAccessKey) {
        throw new UsageError('--bucket needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
      }
      const domainName = `${bucket}.s3.${REGION}.amazonaws.com`;
      return [domainName, { endpoint, bucket, accessKeyId, secretAccessKey }];
    }),
  );
}

/** Those that the template names. */
function keyPairIdsOf(template: unknown): Record<string, string> {
  const resources = isRecord(template) && isRecord(template['Resources']) ? template['Resources'] : {};
  const names = Object.values(resources).flatMap((resource) => {
    const properties = isRecord(resource) ? resource['Properties'] : undefined;
    const config = isRecord(properties) ? properties['PublicKeyConfig'] : undefined;
    return isRecord(config) && typeof config['Name'] === 'string' ? [config['Name']] : [];
  });
  return Object.fromEntries(names.map((name) => [name, name]));
}

async function main(args: string[]): Promise<void> {
  const { template: file, bucket, port, help } = parseOptions(args);
  if (help) return console.log(HELP);
  if (file === undefined) throw new UsageError(HELP);
  const template: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const edge = createLocalCloudFront({
    template,
    bindings: {
      origin: `http://localhost:${port}`,
      origins: originsOf(bucket),
      keyPairIds: keyPairIdsOf(template),
      region: REGION,
      accountId: '000000000000',
      httpCountsAsHttps: true,
    },
  });
  await edge.listen(Number(port));
  console.log(`ready http://localhost:${port}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => edge.close());
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  // What a function of the template throws is an Error of another realm.
  console.error(`edge-local: ${isRecord(error) ? error['message'] : error}`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
