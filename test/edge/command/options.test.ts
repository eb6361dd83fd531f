import { join } from 'node:path';
import t from 'tap';
import { parseOptions, UsageError } from '../../../edge/command/options.ts';
import { folderOf } from '../local/support/serve.ts';

const USUAL = {
  ...{ command: 'serve', operands: [], template: undefined, distribution: undefined, port: 8_080 },
  ...{ keys: undefined, log: undefined, explain: false, https: false, cookies: false },
  ...{
    lifetimeSeconds: 3_600,
    ignore: [],
    origins: {},
    values: {},
    viewerHeaders: {},
    stores: {},
  },
};
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

t.test('each option has its place, and the others are as usual', async (t) => {
  const folder = folderOf(t, { 'a file': '', 'site/a': '' });
  const [file, site] = [join(folder, 'a file'), join(folder, 'site')];
  for (const [args, differs] of [
    [[], {}],
    [['a.json'], { template: 'a.json' }],
    [['a.yml', 'b'], { template: 'a.yml', operands: ['b'] }],
    [['a.yaml'], { template: 'a.yaml' }],
    [['app.template'], { template: 'app.template' }],
    [[file], { template: file }],
    [['--template', 'odd name'], { template: 'odd name' }],
    [
      ['sign', 'http://a', '--cookies', '--keys', 'k'],
      { command: 'sign', operands: ['http://a'], cookies: true, keys: 'k' },
    ],
    [
      ['sign', 'http://a', '--seconds', '0.5'],
      { command: 'sign', operands: ['http://a'], lifetimeSeconds: 0.5 },
    ],
    [['invalidate', '/*', '--port', '1'], { command: 'invalidate', operands: ['/*'], port: 1 }],
    [['--port', '65535'], { port: 65_535 }],
    [['--help', '--version'], { command: 'help' }],
    [['sign', '--help'], { command: 'help' }],
    [['--version'], { command: 'version' }],
    [
      ['--distribution', 'Web', '--log', 'l', '--explain', '--https'],
      { distribution: 'Web', log: 'l', explain: true, https: true },
    ],
    [['--ignore', 'a', '--ignore', 'b'], { ignore: ['a', 'b'] }],
    [['--value', 'a==b', '--value', 'c='], { values: { a: '=b', c: '' } }],
    [['--header', 'a=b'], { viewerHeaders: { a: 'b' } }],
    [['--store', `b=${file}`], { stores: { b: file } }],
    [
      ['--bucket', `a=${site}`, '--origin', 'b=http://c'],
      { origins: { a: { folder: site }, b: { url: 'http://c' } } },
    ],
    [
      ['--bucket', 'a=http://c'],
      { origins: { a: { endpoint: 'http://c', bucket: 'a', accessKeyId: 'id', secretAccessKey: 'secret' } } },
    ],
  ] as const)
    t.strictSame(parseOptions([...args], CREDENTIALS), { ...USUAL, ...differs }, args.join(' '));
});

t.test('what cannot be meant is a fault in words', async (t) => {
  for (const [args, words] of [
    [['serves'], 'there is no command serves; see edge-local --help'],
    [['a.json.old'], 'there is no command a.json.old; see edge-local --help'],
    [['--colour'], /^Unknown option '--colour'/],
    [['--port', '0'], '--port 0 is not a port'],
    [['--port', '65536'], '--port 65536 is not a port'],
    [['--port', '80.5'], '--port 80.5 is not a port'],
    [['--seconds', '0'], '--seconds 0 is not a number of seconds'],
    [['--seconds', 'x'], '--seconds x is not a number of seconds'],
    [['--value', '=a'], '--value =a is not <name>=<value>'],
    [['--header', 'a'], '--header a is not <name>=<value>'],
    [['--store', 'a=./none'], '--store a=./none: there is no such file'],
    [['--bucket', 'a=./none'], '--bucket a=./none: there is no such folder'],
  ] as const)
    t.throws(
      () => parseOptions([...args]),
      Object.assign(new UsageError(), { message: words }),
      args.join(' '),
    );
  for (const name of Object.keys(CREDENTIALS)) {
    const { [name]: _, ...env } = { ...CREDENTIALS } as NodeJS.ProcessEnv;
    t.throws(() => parseOptions(['--bucket', 'a=http://c'], env), /needs AWS_ACCESS_KEY_ID and/, name);
  }
});
