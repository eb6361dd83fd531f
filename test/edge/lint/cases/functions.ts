import type { Cases } from './templates.ts';

/** What a function behind the signature can do. */
export const FUNCTIONS: Cases = {
  'a function resolves dot segments where no signature is': {
    change: [
      ['              - { EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }\n', ''],
      [
        '          TargetOriginId: site\n',
        `          TargetOriginId: site
          FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }]
`,
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          event.request.uri = event.request.uri.replace(/[^/]+\\/\\.\\.\\//, '');
          return event.request;
        }`,
      ],
    ],
    finds: [],
  },
  'a function resolves dot segments behind the signature': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var parts = [];
          decodeURIComponent(event.request.uri).split('/').forEach(function (part) { part === '..' ? parts.pop() : parts.push(part); });
          event.request.uri = parts.join('/');
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function takes the folder from the query': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var user = event.request.querystring.user;
          if (user) event.request.uri = '/private/' + user.value + '/a.jpg';
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that fails without the headers that it reads, and takes the folder from the second': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var headers = event.request.headers;
          var size = headers['x-size'] ? headers['x-size'].value : '';
          event.request.uri = headers['x-folder'].value + size + 'a.jpg';
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that goes up in the folders of teams alone, and fails for most others': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var uri = event.request.uri;
          if (!/\\/\\.\\.\\/|teams/.test(uri)) throw new Error();
          if (uri.indexOf('/private/teams/') === 0) event.request.uri = uri.replace(/[^/]+\\/\\.\\.\\//, '');
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that goes up in the folders of teams alone, to which another behavior leads': {
    change: [
      [
        '          - PathPattern: /private/*\n',
        `          - { PathPattern: /private/teams/*, TargetOriginId: media, ViewerProtocolPolicy: https-only, TrustedKeyGroups: [!Ref Group], CachePolicyId: !Ref Cache }
          - PathPattern: /private/*
`,
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var uri = event.request.uri;
          if (uri.indexOf('/private/teams/') === 0) event.request.uri = uri.replace(/[^/]+\\/\\.\\.\\//, '');
          return event.request;
        }`,
      ],
    ],
    finds: [],
  },
  'a function that gives a user the folder of the team in the query': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var team = event.request.querystring.team;
          if (team && /^\\/private\\/users\\//.test(event.request.uri)) event.request.uri = '/private/teams/' + team.value + '/a.jpg';
          return event.request;
        }`,
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that decodes, and refuses what then goes up': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          var path = decodeURIComponent(event.request.uri);
          if (/(^|[\\/\\\\])\\.\\.?([\\/\\\\]|$)/.test(path)) return { statusCode: 400 };
          return event.request;
        }`,
      ],
    ],
    finds: [],
  },
  'a function that writes paths in lower case': {
    change: [
      ['PathPattern: /private/*', 'PathPattern: private/*'],
      [
        'function handler(event) { return event.request; }',
        'function handler(event) { event.request.uri = event.request.uri.toLowerCase(); return event.request; }',
      ],
    ],
    finds: ['error function-crosses-prefix Web.DistributionConfig.CacheBehaviors[0].FunctionAssociations'],
  },
  'a function that goes up on its way to another origin': {
    change: [
      [
        'function handler(event) { return event.request; }',
        `import cf from 'cloudfront';
        function handler(event) {
          event.request.uri = event.request.uri.replace(/[^/]+\\/\\.\\.\\//, '');
          cf.updateRequestOrigin({ domainName: 'a.example.com' });
          return event.request;
        }`,
      ],
    ],
    finds: [],
  },
  'a function of the public site that refuses a slash in disguise': {
    change: [
      [
        'DefaultCacheBehavior:\n          TargetOriginId: site',
        'DefaultCacheBehavior:\n          TargetOriginId: media\n          FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }]',
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) {
          if (/%/.test(event.request.uri)) return { statusCode: 400 };
          return event.request;
        }`,
      ],
    ],
    finds: ['warning unsigned-shares-origin Web.DistributionConfig.DefaultCacheBehavior.TargetOriginId'],
  },
  'a function of a public path that strips what is in front of a private one': {
    change: [
      [
        '        CacheBehaviors:',
        `        CacheBehaviors:
          - PathPattern: open/files/*
            TargetOriginId: media
            ViewerProtocolPolicy: https-only
            CachePolicyId: !Ref Cache
            FunctionAssociations: [{ EventType: viewer-request, FunctionARN: !GetAtt OnRequest.FunctionARN }]`,
      ],
      [
        'function handler(event) { return event.request; }',
        `function handler(event) { event.request.uri = event.request.uri.replace('/open/files', ''); return event.request; }`,
      ],
    ],
    finds: ['error unsigned-shares-origin Web.DistributionConfig.CacheBehaviors[0].TargetOriginId'],
  },
};
