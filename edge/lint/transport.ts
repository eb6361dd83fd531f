import { recordAt } from '../local/template/lenient.ts';
import type { Finding } from './finding.ts';
import type { Stack } from './stack.ts';

/**
 * A listener on the network reads everything that is sent in the clear: the file, and the cookies or the URL that open
 * it.
 */
export function httpFindings({ distributions }: Stack): Finding[] {
  return distributions.flatMap(({ logicalId, behaviors, isSigned }) =>
    behaviors.flatMap((behavior): Finding[] => {
      const found: Finding[] = [];
      if (behavior.raw['ViewerProtocolPolicy'] === 'allow-all') {
        found.push({
          ...{ rule: 'http-allowed', level: isSigned ? 'error' : 'warning', resource: logicalId },
          property: `${behavior.property}.ViewerProtocolPolicy`,
          problem: isSigned
            ? 'Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.'
            : 'Viewers may use plain HTTP, so anybody on the network path can read and change the answers.',
          do: 'Set ViewerProtocolPolicy to https-only or redirect-to-https.',
        });
      }
      for (const { kind, raw, property } of behavior.isSigned ? behavior.origins : []) {
        if (kind !== 'server') continue;
        const policy = recordAt(raw, 'CustomOriginConfig')['OriginProtocolPolicy'];
        if (policy !== 'http-only') continue;
        found.push({
          ...{ rule: 'http-allowed', level: 'warning', resource: logicalId },
          property: `${property}.CustomOriginConfig.OriginProtocolPolicy`,
          problem: 'CloudFront fetches signed content from this origin over plain HTTP.',
          do: 'Set OriginProtocolPolicy to https-only, and give the origin a certificate.',
        });
      }
      return found;
    }),
  );
}
