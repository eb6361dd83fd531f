import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { build } from '../../infra/build.ts';
import { publicKeyId } from '../../infra/public-keys.ts';
import { writeTemplates } from '../../infra/template.ts';
import { parseStackValues } from '../../infra/values.ts';
import { startEdge } from '../edge/local/support/edge.ts';
import { startStandIn } from '../edge/local/support/stand-in.ts';
import { missing } from '../support/missing.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { EVERYTHING, type Synthesized } from './support/production.ts';

// It bundles the service, and synthesizes.
t.setTimeout(120_000);

const values = parseStackValues(EVERYTHING);
const directory = temporaryDirectory(t);
build(values, directory);
const names = writeTemplates(values, directory);
const archive = join(directory, 'template', names[2] ?? '');

const parsed = (file: string): Synthesized => JSON.parse(readFileSync(join(directory, file), 'utf8'));
const gateway = parsed('template/gateway.json');
const watch = parsed('template/watch.json');

t.test('both templates need nothing of the CDK', async (t) => {
  t.strictSame(readdirSync(join(directory, 'template')).toSorted(), names.toSorted());
  t.strictSame(Object.keys(gateway.Parameters ?? {}), ['Scan', 'CodeBucket', 'CodeKey']);
  t.strictSame(Object.keys(watch.Parameters ?? {}), ['DistributionId']);
  t.match(gateway.Parameters, { CodeKey: { Default: names[2] } });
  for (const template of [gateway, watch]) t.notMatch(JSON.stringify(template), /[Bb]ootstrap|cdk-hnb/);
  t.notOk('Rules' in gateway);
});

t.test(
  'each function has its code from the parameters, and everything else is that of the assembly',
  async (t) => {
    const assembly = parsed(`infra/${values.stackName}.template.json`);
    t.strictSame(Object.keys(gateway.Resources), Object.keys(assembly.Resources));
    const functions = Object.entries(gateway.Resources).filter(
      ([, { Type }]) => Type === 'AWS::Lambda::Function',
    );
    t.equal(functions.length, 4);
    for (const [id, { Properties }] of functions) {
      t.strictSame(Properties['Code'], { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } }, id);
    }
    const without = ({ Resources }: Synthesized) =>
      JSON.parse(JSON.stringify(Resources), (key, value) => (key === 'Code' ? undefined : value));
    t.strictSame(without(gateway), without(assembly));
    t.strictSame(gateway.Outputs, assembly.Outputs);
  },
);

t.test('a template that still names the bootstrap stack is an error', async (t) => {
  const file = join(directory, `infra/${values.stackName}.template.json`);
  const text = readFileSync(file, 'utf8');
  t.teardown(() => writeFileSync(file, text));
  const other = 'cdk-hnb659fds-container-assets-1';
  writeFileSync(file, text.replace('"Outputs":', `"Metadata":{"Image":"${other}"},"Outputs":`));
  t.throws(() => writeTemplates(values, directory), {
    message: /still needs the CDK: it names cdk-hnb659fds/,
  });
});

t.test('the local CloudFront serves the template', async (t) => {
  const origin = await startStandIn();
  t.teardown(() => origin.close());
  const store = {
    ...{ endpoint: origin.endpoint, bucket: 'gateway-files' },
    ...{ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
  };
  const edge = await startEdge({
    template: gateway,
    bindings: {
      origin: EVERYTHING.filesOrigin,
      keyPairIds: Object.fromEntries(
        EVERYTHING.publicKeys.map((key) => [`${values.stackName}-${publicKeyId(key)}`, 'K1']),
      ),
    },
    otherOrigins: { 'files8e6940b8.s3.us-east-1.amazonaws.com': store },
  });
  t.teardown(() => edge.close());
  const answer = await edge.get('/users/alice/a', { Host: 'files.app.example.com' });
  t.match(answer, { status: 403, body: 'MissingKey' });
});

t.test(
  'Python reads the archive: the files of the service, which everybody may read',
  { skip: missing('/usr/bin/python3') },
  async (t) => {
    const program = `import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
archive.extractall(sys.argv[2])
print(json.dumps([[entry.filename, entry.external_attr >> 16] for entry in archive.infolist()]))`;
    const out = temporaryDirectory(t);
    const listed = execFileSync('/usr/bin/python3', ['-c', program, archive, out], { encoding: 'utf8' });
    const entries: [string, number][] = JSON.parse(listed);
    t.ok(entries.length > 10, `${entries.length} files`);
    t.ok(entries.every(([, mode]) => mode === 0o100_644));
    for (const program of ['lambda', 'reconcile', 'mover', 'scanned'])
      t.ok(
        entries.some(([name]) => name === `${program}.mjs`),
        program,
      );
    for (const [name] of entries)
      t.ok(readFileSync(join(out, name)).equals(readFileSync(join(directory, 'service', name))), name);
  },
);

t.test('the same code has the same name, other code another one, and the old code goes', async (t) => {
  t.strictSame(writeTemplates(values, directory), names);
  appendFileSync(join(directory, 'service/mover.mjs'), '\n');
  const anew = writeTemplates(values, directory);
  t.not(anew[2], names[2]);
  t.strictSame(readdirSync(join(directory, 'template')).toSorted(), anew.toSorted());
});
