import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { writeTemplates } from '../../infra/template.ts';
import { parseStackValues } from '../../infra/values.ts';
import { zipOf } from '../../infra/zip.ts';
import { temporaryDirectory } from '../support/test-stack.ts';
import { PRODUCTION } from './support/production.ts';

const values = parseStackValues(PRODUCTION);
const AS_PARAMETERS = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } };
const BOOTSTRAP = { BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>' } };

/** The fields that the local header and the directory share (APPNOTE.TXT, 4.3.7 and 4.3.12), from `at` on. */
function common(zip: Buffer, at: number) {
  const short = (offset: number) => zip.readUInt16LE(at + offset);
  const long = (offset: number) => zip.readUInt32LE(at + offset);
  return {
    ...{ needed: short(0), flags: short(2), method: short(4), time: short(6), date: short(8), crc: long(10) },
    ...{ packed: long(14), size: long(18), nameLength: short(22), extraLength: short(24) },
  };
}

/** Reads an archive by its directory, as programs do. */
function entriesOf(t: Test, zip: Buffer) {
  const end = zip.length - 22;
  const directory = zip.readUInt32LE(end + 16);
  const [count, size] = [zip.readUInt16LE(end + 10), zip.readUInt32LE(end + 12)];
  const ofEnd = [zip.toString('latin1', end, end + 4), zip.readUInt32LE(end + 4), zip.readUInt16LE(end + 8)];
  t.strictSame([...ofEnd, zip.readUInt16LE(end + 20)], ['PK\x05\x06', 0, count, 0]);
  const entries: object[] = [];
  let at = directory;
  for (let entry = 0; entry < count; entry++) {
    const told = common(zip, at + 6);
    const [disk, attributes, start] = [
      zip.readUInt32LE(at + 34),
      zip.readUInt32LE(at + 38),
      zip.readUInt32LE(at + 42),
    ];
    const name = zip.toString('utf8', at + 46, at + 46 + told.nameLength);
    const from = start + 30 + told.nameLength;
    t.strictSame(common(zip, start + 4), told, 'the local header says the same');
    t.equal(zip.toString('utf8', start + 30, from), name);
    const content = inflateRawSync(zip.subarray(from, from + told.packed));
    t.strictSame([content.length, crc32(content)], [told.size, told.crc], name);
    const signatures = [zip.toString('latin1', at, at + 4), zip.toString('latin1', start, start + 4)];
    t.strictSame(signatures, ['PK\x01\x02', 'PK\x03\x04']);
    const { needed, flags, method, time, date } = told;
    entries.push({
      ...{
        name,
        content: content.toString(),
        mode: (attributes / 65_536).toString(8),
        comment: zip.readUInt16LE(at + 32),
      },
      ...{
        madeBy: zip.readUInt16LE(at + 4),
        needed,
        flags,
        method,
        time,
        date,
        disk,
        extra: told.extraLength,
      },
    });
    at += 46 + told.nameLength;
  }
  t.strictSame([at, at - directory], [end, size], 'nothing else is in it');
  return entries;
}

t.test('an archive for Lambda: files that everybody may read, of one date, by Unix', async (t) => {
  const files = { 'a.mjs': 'x'.repeat(1_000), 'web/ü.html': '<p>', empty: '' };
  const zip = zipOf(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
  const same = { mode: '100644', comment: 0, madeBy: 3 * 256 + 20, needed: 20, flags: 2_048, method: 8 };
  t.strictSame(
    entriesOf(t, zip),
    Object.entries(files).map(([name, content]) => ({
      name,
      content,
      ...same,
      time: 0,
      date: 33,
      disk: 0,
      extra: 0,
    })),
  );
  t.ok(zip.length < 500, 'it is packed');
});

function built(t: Test, gateway: object): string {
  const directory = temporaryDirectory(t);
  for (const [name, content] of Object.entries({
    'service/b.mjs': 'b',
    'service/a/c.txt': 'c',
    [`infra/${values.stackName}.template.json`]: JSON.stringify(gateway),
    [`infra/${values.stackName}-Watch.template.json`]: JSON.stringify({ Resources: { Log: {} } }),
  })) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  return directory;
}

t.test('two templates that need nothing of the CDK, and the code that one of them names', async (t) => {
  const inline = { Code: { ZipFile: 'x' } };
  const directory = built(t, {
    Parameters: { ...BOOTSTRAP, Own: { Type: 'String' } },
    Rules: { CheckBootstrapVersion: {} },
    Resources: {
      A: { Code: { S3Bucket: 'cdk', S3Key: 'a.zip' } },
      B: inline,
      C: { Content: { S3Key: 'k' } },
    },
    Outputs: { O: { Value: 1 } },
  });
  const names = writeTemplates(values, directory);
  const [, , archive = ''] = names;
  t.strictSame(names.slice(0, 2), ['gateway.json', 'watch.json']);
  t.match(archive, /^gateway-[0-9a-f]{16}\.zip$/);
  const read = (name: string) => readFileSync(join(directory, 'template', name));
  t.match(entriesOf(t, read(archive)), [
    { name: 'a/c.txt', content: 'c' },
    { name: 'b.mjs', content: 'b' },
  ]);
  const { Parameters, ...rest } = JSON.parse(read('gateway.json').toString());
  t.strictSame(Object.keys(Parameters), ['Own', 'CodeBucket', 'CodeKey']);
  t.match(Parameters, { CodeBucket: { Type: 'String' }, CodeKey: { Type: 'String', Default: archive } });
  t.strictSame(rest, {
    Resources: { A: { Code: AS_PARAMETERS }, B: inline, C: { Content: { S3Key: 'k' } } },
    Outputs: { O: { Value: 1 } },
  });
  t.strictSame(JSON.parse(read('watch.json').toString()), { Parameters: {}, Resources: { Log: {} } });

  writeFileSync(join(directory, 'service/b.mjs'), 'b, changed');
  const anew = writeTemplates(values, directory);
  t.not(anew[2], archive, 'other code has another name');
  t.strictSame(readdirSync(join(directory, 'template')).toSorted(), anew.toSorted(), 'the old code is gone');
});

t.test('what still names the bootstrap stack is an error', async (t) => {
  const directory = built(t, { Resources: { A: { Bucket: 'cdk-hnb659fds-assets-1' } } });
  t.throws(() => writeTemplates(values, directory), {
    message: 'a template still needs the CDK: it names cdk-hnb659fds-assets-',
  });
});
