import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import {
  CLIENT_SECRET,
  issueByRecord,
  makeTable,
  STACK,
  standInCdk,
  startDeployments,
} from '../services/operator/deploy/support/deployments.ts';
import { addZone, startDns } from '../services/operator/deploy/support/dns-server.ts';
import { APP, createWorld, FILES, makeZone, REGION } from '../services/operator/deploy/support/world.ts';
import { copyOfProject } from '../support/clone.ts';
import { missing } from '../support/missing.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { startDeployShell } from './support/deploy-shell.ts';

const TERMINAL = '/usr/bin/script';
const page = readFileSync('docs/deploy.md', 'utf8').split('## One command')[1] ?? '';

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

/** The lines that a person types. */
const typed = block('sh')
  .split('\n')
  .map((line) => line.replace(/ +#.*/, ''))
  .filter((line) => line !== '');

t.test('docs/deploy.md, "One command", word for word', { skip: missing(TERMINAL) }, async (t) => {
  t.equal(Object.keys(JSON.parse(block('json'))).length, 6, 'six values');
  t.strictSame(typed, [
    `export AWS_REGION=${REGION}`,
    'npm run gateway -- check values.json',
    'npm run deploy -- values.json',
  ]);
  const { aws } = await startDeployments(t);
  const world = createWorld();
  const hostedZoneId = await makeZone(world);
  const dns = await startDns(t);
  addZone(dns, 'example.com', world.nameServers);
  issueByRecord(aws, hostedZoneId);
  await makeTable();
  aws.made.length = 0;
  const clone = copyOfProject(t);
  const values = join(clone, 'values.json');
  // The two values that differ for everybody.
  const own = { hostedZoneId, oidcClientId: 'gateway' };
  writeFileSync(values, JSON.stringify({ ...JSON.parse(block('json')), ...own }));
  const cdk: string[] = [];
  const shell = await startDeployShell(t, temporaryDirectory(t), dns, ([yes, quiet, , ...args]) => {
    t.strictSame([yes, quiet], ['--yes', '--loglevel=error']);
    cdk.push(args.filter((arg) => !arg.startsWith('/')).join(' '));
    standInCdk(aws, values, world, args);
    for (const [name, A] of Object.entries(world.addresses)) dns.records[name] = { A };
  });

  const [region = '', check = '', deploy = ''] = typed;
  t.strictSame(await inTerminal(clone, `${region}; ${check}`, shell), { status: 0, output: '' });
  t.strictSame([aws.made, cdk], [[], []], 'a check makes nothing');

  // The first deployment was rolled back.
  aws.recorded.stacks.set(`${REGION} ${STACK}`, { status: 'ROLLBACK_COMPLETE' });
  const { status, output } = await inTerminal(clone, `${region}; ${deploy}`, shell);
  t.match(output, /^deploy: at the provider: redirect URI https:\/\/app\.example\.com\/auth\/callback$/m);
  t.notMatch(output, CLIENT_SECRET, 'typed secrets are not shown');
  t.strictSame(aws.made, [
    ...[`${REGION} CreateSecret`, `${REGION} CreateKey`],
    ...['us-east-1 RequestCertificate', `${REGION} RequestCertificate`],
    ...['us-east-1 ChangeResourceRecordSets', 'us-east-1 ChangeResourceRecordSets'],
  ]);
  t.strictSame(cdk, [
    `bootstrap aws://123456789012/${REGION}`,
    'bootstrap aws://123456789012/us-east-1',
    `deploy ${STACK} --app`,
    `deploy ${STACK}-Watch --app --parameters DistributionId=E2EXAMPLE`,
  ]);
  t.match(output, `deploy: deployed: https://${APP}`);
  t.notOk(
    dns.missed.has(APP) || dns.missed.has(FILES),
    'the resolver does not remember that the hosts were not there',
  );
  // There is no such deployment, so the probe finds no bucket.
  t.equal(status, 1);
  t.match(output, /^probe: the bucket does not take an upload \(404\)$/m);
  t.match(
    output,
    /^deploy: the deployment is up, and the probe could not run: see above\. To ask again: STACK_NAME=/m,
  );

  // The person repeats the line that the output shows.
  const again = /To ask again: (.*)$/m.exec(output)?.[1] ?? '';
  t.match(again, `FILES_ORIGIN='https://${FILES}'`);
  t.match(
    (await inTerminal(clone, again, shell)).output,
    /^probe: the bucket does not take an upload \(404\)$/m,
  );
});

/** Runs a line in a terminal, and types the client secret when it is asked for. */
async function inTerminal(cwd: string, line: string, env: Record<string, string>) {
  const options = { cwd, env: { ...process.env, ...env, AWS_REGION: '' } };
  const child = spawn(TERMINAL, ['-qec', line.replaceAll('npm run', 'npm run -s'), '/dev/null'], options);
  let output = '';
  let isTyped = false;
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output += part.replaceAll('\r', '');
    if (isTyped || !output.includes('Client secret of')) return;
    isTyped = true;
    child.stdin.write(`${CLIENT_SECRET}\n`);
  });
  child.stderr.resume();
  const [status] = await once(child, 'close');
  return { status, output };
}
