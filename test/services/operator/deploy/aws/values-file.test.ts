import fs, {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { addValues, readValuesFile } from '../../../../../services/operator/deploy/aws/values-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'gateway-values-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const file = join(directory, 'values.json');

t.test("values are added behind the person's own, with the same indentation and mode", async (t) => {
  writeFileSync(file, '{\n\t"oidcClientId": "b",\n\t"domain": "a.example.com"\n}');
  chmodSync(file, 0o640);
  const flushed = t.capture(fs, 'fsyncSync');
  addValues(file, { secretArn: 'arn', domain: 'c.example.com' });
  t.equal(flushed().length, 1, 'it is on the disk');
  t.equal(
    readFileSync(file, 'utf8'),
    '{\n\t"oidcClientId": "b",\n\t"domain": "c.example.com",\n\t"secretArn": "arn"\n}\n',
  );
  t.equal(statSync(file).mode & 0o777, 0o640);
  t.strictSame(readdirSync(directory), ['values.json'], 'nothing else is left');
});

t.test('a file that holds no values, quoted by no message', async (t) => {
  for (const [text, message] of [
    ['{"a": hunter2}', `${file} is not JSON; docs/deploy.md shows what it holds`],
    ['["hunter2"]', `${file} must be one JSON object; docs/deploy.md shows it`],
    ['null', `${file} must be one JSON object; docs/deploy.md shows it`],
  ] as const) {
    writeFileSync(file, text);
    t.throws(() => readValuesFile(file), { name: 'ValuesFileError', message }, text);
  }
  const none = join(directory, 'none.json');
  t.throws(() => readValuesFile(none), {
    message: `${none} cannot be read; docs/deploy.md shows what it holds`,
  });
});
