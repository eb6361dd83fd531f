import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { ecKey, localValues } from '../../../support/local-values.ts';
import { temporaryDirectory } from '../../../support/test-stack.ts';

const OUTPUTS = {
  TableName: 'Gateway-Sessions',
  DetailsTableName: 'Gateway-Details',
  BucketName: 'gateway-files',
  KeyValueStoreArn: 'arn:aws:cloudfront::000000000000:key-value-store/one',
  KeyPairId: 'K2JCJMDEHXQW5F',
};

/** CloudFormation that knows one stack, and a DynamoDB that notes who asks. */
async function startAws(t: Test, stackName: string) {
  const asked: { region: string; table: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const target = request.headers['x-amz-target'];
    if (target === undefined) {
      if (new URLSearchParams(body).get('StackName') !== stackName) {
        const words = '<Code>ValidationError</Code><Message>Stack with id X does not exist</Message>';
        response.writeHead(400).end(`<ErrorResponse><Error>${words}</Error></ErrorResponse>`);
        return;
      }
      const members = Object.entries(OUTPUTS).map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      );
      const stack = `<StackName>${stackName}</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs>`;
      response.end(
        `<DescribeStacksResponse><DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
      return;
    }
    const [, region = ''] =
      /Credential=[^/]+\/\d+\/([a-z0-9-]+)\//.exec(request.headers.authorization ?? '') ?? [];
    asked.push({ region, table: JSON.parse(body).TableName });
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.writeHead(400).end('{"__type":"ValidationException"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { asked, endpoint: `http://127.0.0.1:${port}` };
}

async function gateway(endpoint: string, ...args: string[]) {
  const child = spawn(process.execPath, ['services/operator/main.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: endpoint,
      // Of another deployment, left behind in the shell.
      TABLE_NAME: 'Another-Sessions',
    },
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ]);
  return { stdout, stderr, status };
}

t.test('--values names the deployment: its table and its region, whatever the shell has', async (t) => {
  const file = join(temporaryDirectory(t), 'values.json');
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:one-AbCdEf';
  const appCertificateArn =
    'arn:aws:acm:eu-central-1:000000000000:certificate/00000000-0000-0000-0000-000000000000';
  const hosts = { appOrigin: 'https://app.example.com', filesOrigin: 'https://files.app.example.com' };
  const values = { ...localValues([ecKey('one')]), ...hosts, secretArn, appCertificateArn };
  writeFileSync(
    file,
    JSON.stringify({ ...values, oidcIssuer: 'https://login.example.com', stackName: 'Mine' }),
  );
  const { asked, endpoint } = await startAws(t, 'Mine');
  await gateway(endpoint, 'sessions', 'alice', '--values', file);
  t.strictSame(asked, [{ region: 'eu-central-1', table: OUTPUTS.TableName }]);

  writeFileSync(
    file,
    JSON.stringify({ ...values, oidcIssuer: 'https://login.example.com', stackName: 'Other' }),
  );
  const unknown = await gateway(endpoint, 'revoke', 'alice', '--values', file);
  t.match(unknown, {
    status: 2,
    stderr: /^gateway: there is no stack Other in eu-central-1, which .*values\.json/,
  });
  t.equal(asked.length, 1, 'nothing was revoked anywhere else');
});

t.test('a values file that is not there, or not named, is an error', async (t) => {
  const missing = await gateway('http://127.0.0.1:9', 'revoke', 'alice', '--values', '/nowhere/values.json');
  t.match(missing, { status: 2, stdout: '', stderr: /^gateway: \/nowhere\/values\.json cannot be read/ });
  const unnamed = await gateway('http://127.0.0.1:9', 'revoke', 'alice', '--values');
  t.match(unnamed, { status: 2, stderr: 'gateway: --values needs a file: --values values.json\n' });
});
