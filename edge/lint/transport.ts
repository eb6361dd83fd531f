import { recordAt } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { type Found, GUIDE, type Rule } from './finding.ts';

/**
 * A listener on the network reads everything that is sent in the clear: the file, and the cookies or the URL that open
 * it. A distribution without signatures has nothing private to lose.
 */
export const httpAllowed: Rule = {
  name: 'http-allowed',
  page: `${GUIDE}/using-https.html`,
  check({ distributions }) {
    const found: Found[] = [];
    for (const { logicalId: resource, behaviors, isSigned: hasSignatures } of distributions) {
      for (const { property, isSigned, origins, raw } of hasSignatures ? behaviors : []) {
        if (raw['ViewerProtocolPolicy'] === 'allow-all')
          found.push({
            level: 'error',
            resource,
            property: `${property}.ViewerProtocolPolicy`,
            problem:
              'Viewers may use plain HTTP, and a signed URL, or a cookie without Secure, is then sent in the clear.',
            do: 'Set ViewerProtocolPolicy to https-only or redirect-to-https.',
          });
        for (const { kind, raw: origin, property: place } of isSigned ? origins : [])
          if (
            kind === 'server' &&
            recordAt(origin, 'CustomOriginConfig')['OriginProtocolPolicy'] === 'http-only'
          )
            found.push({
              level: 'warning',
              resource,
              property: `${place}.CustomOriginConfig.OriginProtocolPolicy`,
              problem: 'CloudFront fetches signed content from this origin over plain HTTP.',
              do: 'Set OriginProtocolPolicy to https-only, and give the origin a certificate.',
            });
      }
    }
    return found;
  },
};
