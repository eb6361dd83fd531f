import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import {
  isTrue,
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { type Found, GUIDE, type Rule } from './finding.ts';
import { type Distribution, functionsOf, type Stack } from './stack.ts';
import { loaded, viewerOf } from './trial.ts';

/** Any page that a viewer opens could read that viewer's files. */
export const corsAnyOrigin: Rule = {
  name: 'cors-any-origin',
  page: `${GUIDE}/understanding-response-headers-policies.html`,
  async check(stack) {
    const found: Found[] = [];
    for (const distribution of stack.distributions)
      for (const behavior of distribution.behaviors) {
        const { viewerResponse } = functionsOf(stack, behavior);
        if (viewerResponse && (await isOpen(stack, distribution, viewerResponse)))
          found.push(openTo(viewerResponse.name, 'FunctionCode'));
      }
    return [...found, ...openPolicies(stack)];
  },
};

function openPolicies({ template }: Stack): Found[] {
  return template.ofType('AWS::CloudFront::ResponseHeadersPolicy').flatMap(({ logicalId, properties }) => {
    const config = recordAt(properties, 'ResponseHeadersPolicyConfig');
    const cors = recordAt(config, 'CorsConfig');
    const custom = new Map(
      listOf(recordAt(config, 'CustomHeadersConfig')['Items']).map((item) => {
        const { Header: name, Value: value } = recordAt(item);
        return [textOf(name).toLowerCase(), textOf(value)];
      }),
    );
    const hasCredentials =
      isTrue(cors['AccessControlAllowCredentials']) ||
      custom.get('access-control-allow-credentials')?.toLowerCase() === 'true';
    const isAny = textsOf(cors['AccessControlAllowOrigins']).some(isAnyOrigin);
    const isAnyByHand = isAnyOrigin(custom.get('access-control-allow-origin') ?? '');
    if (!hasCredentials || !(isAny || isAnyByHand)) return [];
    const property = isAny ? 'CorsConfig.AccessControlAllowOrigins' : 'CustomHeadersConfig';
    return [openTo(logicalId, `ResponseHeadersPolicyConfig.${property}`)];
  });
}

function openTo(resource: string, property: string): Found {
  return {
    level: 'error',
    resource,
    property,
    problem:
      'Every origin is allowed, with credentials: any page may send requests with the cookies of its visitor.',
    do: 'Name the origins of your own pages, and compare with them exactly.',
  };
}

function isAnyOrigin(origin: string): boolean {
  return /^(?:https?:\/\/)?\*(?:\.[a-z]+)?$/.test(origin);
}

/** Whether a function lets any page read an answer. */
async function isOpen(
  { unseen }: Stack,
  { host }: Distribution,
  source: EdgeFunctionSource,
): Promise<boolean> {
  const origin = 'https://lint.example';
  try {
    const viewer = viewerOf({ rawPath: '/1/a.jpg', folder: '/1/', headers: { origin } }, host);
    const plain = {
      status: 200,
      headers: new Map([['content-type', ['image/jpeg']]]),
      body: Buffer.alloc(0),
    };
    const { headers } = await loaded({ viewerResponse: source }).onResponse(viewer, plain);
    const [allowed = ''] = headers.get('access-control-allow-origin') ?? [];
    const hasCredentials = headers.get('access-control-allow-credentials')?.[0] === 'true';
    return hasCredentials && ['*', origin].includes(allowed);
  } catch {
    unseen.add(`Function ${source.name}: it fails for a plain answer`);
    return false;
  }
}
