import t from 'tap';
import { createLocalCloudFront } from '../../../../edge/local/create-local-cloudfront.ts';
import type { Decision } from '../../../../edge/local/decision.ts';
import { folderOf, serve } from '../support/serve.ts';
import { distributionTemplate } from '../support/template.ts';
import { functionsOf, told, viewer } from './support/run.ts';

/** A distribution in front of one folder, with a function. */
function templateOf(code: string, eventType = 'viewer-request') {
  const association = { EventType: eventType, FunctionARN: { 'Fn::GetAtt': ['OnEvent', 'FunctionARN'] } };
  return distributionTemplate(
    [{ Id: 'files', DomainName: 'files.s3.amazonaws.com', S3OriginConfig: {} }],
    { FunctionAssociations: [association] },
    {
      OnEvent: {
        Type: 'AWS::CloudFront::Function',
        Properties: {
          ...{ Name: 'OnEvent', AutoPublish: true, FunctionCode: code },
          FunctionConfig: { Comment: '', Runtime: 'cloudfront-js-2.0' },
        },
      },
    },
  );
}

const failing: [name: string, code: string, line: RegExp, given: string][] = [
  [
    'throws',
    '// one\nimport cf from "cloudfront";\nfunction handler(event) {\n  throw new TypeError("of the function");\n}',
    /^503: threw TypeError: of the function \(line 4\)$/,
    'OnEvent (line 4)',
  ],
  [
    'throws after an await',
    'async function handler(event) {\n  await undefined;\n  return event.none.more;\n}',
    /^503: threw TypeError: .* \(line 3\)$/,
    'OnEvent (line 3)',
  ],
  [
    'throws words that look like a line',
    'function handler() { throw new Error("of (line 9) it"); }',
    /^503: threw Error: of \(line 9\) it \(line 1\)$/,
    'OnEvent (line 1)',
  ],
  ['throws no error', 'function handler() { throw "words"; }', /^503: threw words$/, 'OnEvent'],
  [
    'never settles',
    'function handler() { return new Promise(() => {}); }',
    /^503: its promise never settled$/,
    'OnEvent',
  ],
  ['runs for ever', 'function handler() { for (;;) {} }', /^503: it ran for more than 500 ms$/, 'OnEvent'],
  [
    'returns nothing',
    'function handler() {}',
    /^502: neither a request nor a response was returned$/,
    'OnEvent: neither a request nor a response was returned',
  ],
  [
    'sets a header that is not for functions',
    'function handler() { return { statusCode: 200, headers: { "x-cache": { value: "Hit" } } }; }',
    /^502: x-cache is not for functions$/,
    'OnEvent: x-cache is not for functions',
  ],
  [
    'gives a query that is not encoded',
    'function handler(event) { event.request.querystring = "a=b c"; return event.request; }',
    /^502: querystring is not encoded$/,
    'OnEvent: querystring is not encoded',
  ],
];

for (const [name, code, line, given] of failing) {
  t.test(`a function that ${name} is named, with its reason`, async (t) => {
    const printed: string[] = [];
    const decisions: Decision[] = [];
    const folder = folderOf(t, { 'a.txt': 'a' });
    const web = await serve(
      t,
      templateOf(code),
      { origins: { files: { folder } } },
      {
        onPrint: (functionName, text) => printed.push(`${functionName} ${text}`),
        onDecision: (decision) => decisions.push(decision),
      },
    );
    const { status } = await web.ask('/a.txt?secret=5');
    t.equal(printed.length, 1);
    t.match(printed[0]?.replace(/^OnEvent /, ''), line);
    t.match(decisions, [{ clause: status === 502 ? 'invalid_result' : 'function_error', given }]);
  });
}

t.test('a viewer-response function is named in the same way', async (t) => {
  const decisions: Decision[] = [];
  const code = 'function handler(event) {\n\n  event.none.more;\n}';
  const web = await serve(
    t,
    templateOf(code, 'viewer-response'),
    { origins: { files: { folder: folderOf(t, { 'a.txt': 'a' }) } } },
    { onDecision: (decision) => decisions.push(decision) },
  );
  t.equal((await web.ask('/a.txt')).status, 503);
  t.match(decisions, [
    { step: 'viewer-response function', clause: 'function_error', given: 'OnEvent (line 3)' },
  ]);
});

t.test('an error in the syntax stops the start, by function and line', async (t) => {
  const start = (code: string) => () =>
    createLocalCloudFront({
      template: templateOf(code),
      bindings: {
        ...{ origin: 'http://localhost:8080', origins: { files: { folder: '.' } }, keyPairIds: {} },
        ...{ region: 'us-east-1', accountId: '1', httpCountsAsHttps: true },
      },
    });
  t.throws(start('function handler(event) {\n  const a = ;\n}'), /^OnEvent \(line 2\): Unexpected token/);
  t.throws(
    start('import cf from "cloudfront";\n\nfunction handler(event) {\n  return event.request;\n'),
    /^OnEvent \(line \d\): Unexpected end of input/,
  );
  t.throws(start('const a = 1;\nnone();\nfunction handler() {}'), /^OnEvent \(line 2\) cannot be loaded/);
});

t.test('numbers are read from a Buffer and written to it as in Node', async (t) => {
  const bytes = [...Array(16).keys()].map((i) => (i * 37 + 200) % 256);
  const [here, there] = [Buffer.from(bytes), `Buffer.from(${JSON.stringify(bytes)})`];
  const fixed = ['Int8', 'UInt8', 'Uint8'].concat(
    ...['Int16', 'UInt16', 'Int32', 'UInt32', 'Uint32', 'Float', 'Double'].map((kind) => [
      `${kind}BE`,
      `${kind}LE`,
    ]),
  );
  const sized = ['IntBE', 'IntLE', 'UIntBE', 'UIntLE', 'UintBE'];
  // The names are Node's own, and only their list is written here.
  const call = (buffer: Buffer, name: string, ...given: number[]): unknown => {
    const method: unknown = Reflect.get(buffer, name);
    return typeof method === 'function' ? Reflect.apply(method, buffer, given) : undefined;
  };
  for (const kind of fixed) {
    t.equal(await told(`${there}.read${kind}(3)`), call(here, `read${kind}`, 3), kind);
    const wanted = Buffer.from(bytes);
    const end = call(wanted, `write${kind}`, 5, 2);
    const written = `[b.write${kind}(5, 2), Array.from(b)]`;
    t.strictSame(await told(written, `const b = ${there};`), [end, [...wanted]], kind);
  }
  for (const kind of sized) {
    for (const size of [1, 3, 6]) {
      t.equal(await told(`${there}.read${kind}(2, ${size})`), call(here, `read${kind}`, 2, size), kind);
      const wanted = Buffer.from(bytes);
      const value = kind.startsWith('I') ? -77 : 77;
      const end = call(wanted, `write${kind}`, value, 4, size);
      const written = `[b.write${kind}(${value}, 4, ${size}), Array.from(b)]`;
      t.strictSame(await told(written, `const b = ${there};`), [end, [...wanted]], `${kind} ${size}`);
    }
  }
  for (const bits of [16, 32, 64] as const)
    t.strictSame(
      await told(`Array.from(${there}.swap${bits}())`),
      [...Buffer.from(bytes)[`swap${bits}`]()],
      String(bits),
    );
  const outside = [
    'readInt16LE(15)',
    'readUInt8(-1)',
    'readUIntBE(0, 7)',
    'writeInt8(1, 16)',
    'readInt8(0.5)',
  ];
  for (const wrong of outside) {
    const name = `(() => { try { ${there}.${wrong}; } catch (error) { return error.name; } })()`;
    t.equal(await told(name), 'RangeError', wrong);
  }
});

t.test('a query may come back as text', async (t) => {
  const passed = async (text: string) => {
    const request = `function handler(event) { event.request.querystring = ${JSON.stringify(text)}; return event.request; }`;
    const result = await functionsOf({ request }).onRequest({ ...viewer, rawQuery: 'z=1' });
    return 'querystring' in result ? result.querystring : 'answer';
  };
  t.strictSame(await passed('b=2&a=1&b=3&flag&b=4'), {
    b: { value: '2', multiValue: [{ value: '2' }, { value: '3' }, { value: '4' }] },
    a: { value: '1' },
    flag: { value: '' },
  });
  t.strictSame(await passed(''), {});
});
