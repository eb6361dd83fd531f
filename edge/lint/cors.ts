import {
  isTrue,
  listOf,
  recordAt,
  textOf,
  textsOf,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import type { Finding } from './finding.ts';
import type { Stack } from './stack.ts';

/** Any page that a viewer opens could read that viewer's files. */
export function corsFindings({ template }: Stack): Finding[] {
  return template
    .ofType('AWS::CloudFront::ResponseHeadersPolicy')
    .flatMap(({ logicalId, properties }): Finding[] => {
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
      return [corsFinding(logicalId, `ResponseHeadersPolicyConfig.${property}`)];
    });
}

export function corsFinding(resource: string, property: string): Finding {
  return {
    rule: 'cors-any-origin',
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
