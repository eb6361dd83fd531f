import t from 'tap';
import { createLocalCloudFront } from '../../../../edge/local/create-local-cloudfront.ts';
import type { Decision } from '../../../../edge/local/decision.ts';
import { folderOf, serve } from '../support/serve.ts';
import { distributionTemplate } from '../support/template.ts';

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
