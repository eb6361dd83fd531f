import type { Cases } from './templates.ts';

const REQUEST = 'function handler(event) { return event.request; }';
const CODE = 'OnRequest.FunctionCode';
const CONFIG = 'Web.DistributionConfig';

/** Each feature, in code that is JavaScript. */
const language = (code: string, level: 'error' | 'warning', runtime = 'cloudfront-js-2.0') => ({
  change: [
    [REQUEST, `${code}; ${REQUEST}`],
    ['Runtime: cloudfront-js-2.0', `Runtime: ${runtime}`],
  ] as [string, string][],
  finds: [`${level} function-language ${CODE}`],
});

export const LANGUAGE: Cases = {
  'optional chaining': language('var a = {}; a?.b', 'warning'),
  'logical assignment': language('var a; a ??= 1', 'warning'),
  destructuring: language('var { a } = {}', 'warning'),
  'destructuring in a loop of names': language('var a, b; [a, b] = [b, a]', 'warning'),
  'a destructured parameter': language('function f({ a }) { return a; }', 'warning'),
  spread: language('var a = [...[1]]', 'warning'),
  'a default parameter': language('function f(a = 1) { return a; }', 'warning'),
  'for…of': language('for (var a of [1]) {}', 'warning'),
  'a class': language('class A {}', 'warning'),
  'a generator': language('function* f() {}', 'warning'),
  'catch without a variable': language('try {} catch {}', 'warning'),
  'a BigInt': language('var a = 1n', 'warning'),
  'a flag of a regular expression': language('/a.b/s.test("")', 'warning'),
  'a Map': language('function f() { return new Map(); }', 'warning'),
  'a URL': language('function f() { return new URL("/"); }', 'warning'),
  structuredClone: language('function f() { return structuredClone({}); }', 'warning'),
  'Object.fromEntries': language('function f() { return Object.fromEntries([]); }', 'warning'),
  eval: language('function f() { return eval("1"); }', 'error'),
  'a timer': language('function f() { setTimeout(f, 1); }', 'error'),
  'const in runtime 1.0': language('const a = 1', 'error', 'cloudfront-js-1.0'),
  'async in runtime 1.0': language('async function f() {}', 'error', 'cloudfront-js-1.0'),
  'Buffer in runtime 1.0': language('function f() { return Buffer.from(""); }', 'error', 'cloudfront-js-1.0'),
  'a module of runtime 2.0 in runtime 1.0': {
    change: [
      [REQUEST, `import cf from 'cloudfront'; ${REQUEST}`],
      ['Runtime: cloudfront-js-2.0', 'Runtime: cloudfront-js-1.0'],
    ],
    finds: [`error function-language ${CODE}`],
  },
  'a method of strings that 2.0 does not have': language('function f(a) { return a.toUTF8(); }', 'error'),
  'what runtime 2.0 takes': {
    change: [
      [
        REQUEST,
        `import cf from 'cloudfront'; async function f(...all) { const a = 1_000 ** 2; let b = { a, m() { return all; } };
        var of = [1]; for (var i = 0; i < of.length; i++) { b.class = \`\${a ?? 'a?.b'}\`; } /* class */ // for (a of b)
        if (/[/]=>a/.test('a')) await Promise.all(of.map((x) => x / 2 / 1)); return b['x'] = [a]; }; ${REQUEST}`,
      ],
    ],
    finds: [],
  },
  'const in runtime 2.0, and names that are those of missing things': {
    change: [[REQUEST, `const Map = 1; var a = { URL: Map, Set: 1 }; a.Set; a.of; ${REQUEST}`]],
    finds: [],
  },
};

export const DEPLOYMENT: Cases = {
  'code with a fault': {
    change: [[REQUEST, 'function handler(event) {']],
    finds: [`error function-syntax ${CODE}`],
  },
  'code that opens its store before the handler': {
    change: [
      [
        'Resources:\n',
        'Resources:\n  Entries: { Type: AWS::CloudFront::KeyValueStore, Properties: { Name: e } }\n',
      ],
      [
        `{ Runtime: cloudfront-js-2.0 }\n      FunctionCode: |\n        ${REQUEST}`,
        `{ Runtime: cloudfront-js-2.0, KeyValueStoreAssociations: [{ KeyValueStoreARN: !GetAtt Entries.Arn }] }
      FunctionCode: |
        import cf from 'cloudfront'; const store = cf.kvs(); ${REQUEST}`,
      ],
    ],
    finds: [],
  },
  'a function that nobody publishes': {
    change: [['AutoPublish: true', 'AutoPublish: false']],
    finds: ['warning function-not-published OnRequest.AutoPublish'],
  },
  'two behaviors of one pattern': {
    change: [
      [
        '        DefaultCacheBehavior:',
        '          - { PathPattern: private/*, TargetOriginId: media, ViewerProtocolPolicy: https-only, TrustedKeyGroups: [!Ref Group], CachePolicyId: !Ref Cache }\n        DefaultCacheBehavior:',
      ],
    ],
    finds: [`error duplicate-path-pattern ${CONFIG}.CacheBehaviors[1].PathPattern`],
  },
  'code that opens a store before the handler, and has none': {
    change: [[REQUEST, `import cf from 'cloudfront'; const store = cf.kvs(); ${REQUEST}`]],
    finds: [`error function-syntax ${CODE}`],
  },
  'a certificate of another region': {
    change: [
      [
        'Enabled: true\n        Origins:',
        'Enabled: true\n        ViewerCertificate: { AcmCertificateArn: arn:aws:acm:eu-west-1:1:certificate/a, SslSupportMethod: sni-only }\n        Origins:',
      ],
    ],
    finds: [`error certificate-region ${CONFIG}.ViewerCertificate.AcmCertificateArn`],
  },
  'a certificate of us-east-1': {
    change: [
      [
        'Enabled: true\n        Origins:',
        'Enabled: true\n        ViewerCertificate: { AcmCertificateArn: arn:aws:acm:us-east-1:1:certificate/a, SslSupportMethod: sni-only }\n        Origins:',
      ],
    ],
    finds: [],
  },
};
