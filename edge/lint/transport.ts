import { recordAt } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import type { Finding } from './finding.ts';
import type { Stack } from './stack.ts';

/**
 * A listener on the network reads everything that is sent in the clear: the file, and the cookies or the URL that open
 * it. A distribution without signatures has nothing private to lose.
 */
export function httpFindings({ distributions }: Stack): Finding[] {
  const signed = distributions.filter(({ isSigned }) => isSigned);
  return signed.flatMap(({ logicalId: resource, behaviors }) =>
    behaviors.flatMap(({ property, isSigned, origins, raw }): Finding[] => [
      ...(raw['ViewerProtocolPolicy'] === 'allow-all'
        ? [
            {
              ...({ rule: 'http-allowed', level: 'error', resource } as const),
              property: `${property}.ViewerProtocolPolicy`,
              problem:
                'Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.',
              do: 'Set ViewerProtocolPolicy to https-only or redirect-to-https.',
            },
          ]
        : []),
      ...origins
        .filter(({ kind }) => isSigned && kind === 'server')
        .filter(
          ({ raw: origin }) => recordAt(origin, 'CustomOriginConfig')['OriginProtocolPolicy'] === 'http-only',
        )
        .map((origin) => ({
          ...({ rule: 'http-allowed', level: 'warning', resource } as const),
          property: `${origin.property}.CustomOriginConfig.OriginProtocolPolicy`,
          problem: 'CloudFront fetches signed content from this origin over plain HTTP.',
          do: 'Set OriginProtocolPolicy to https-only, and give the origin a certificate.',
        })),
    ]),
  );
}
