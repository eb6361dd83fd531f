import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { defined } from '../core/defined.ts';
import { isDevelopmentOrigin } from '../core/origins.ts';
import { contentSecurityPolicy } from '../core/shown-types.ts';
import type { FilesHostValues } from './files-host-values.ts';

/** @param name if it is left out, the CDK makes one */
export function responseHeadersPolicy(
  scope: Construct,
  values: FilesHostValues,
  name: string | undefined,
): cloudfront.ResponseHeadersPolicy {
  // On a laptop, Strict-Transport-Security would make browsers demand HTTPS of every server on localhost, for a year.
  const isPublic = !isDevelopmentOrigin(values.filesOrigin);
  return new cloudfront.ResponseHeadersPolicy(scope, 'ResponseHeaders', {
    ...defined({ responseHeadersPolicyName: name }),
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
        override: true,
      },
      // This policy is for errors. For files, the viewer-response function sets a policy by type. The function's policy
      // stays, whichever of the two runs first, because this policy does not override. On a 304 the function sets no
      // policy, and browsers may store this policy for the file. So this policy must suit every type: no sandbox, and
      // media allowed.
      contentSecurityPolicy: {
        contentSecurityPolicy: contentSecurityPolicy('media', values.appOrigin),
        override: false,
      },
      ...(isPublic
        ? {
            strictTransportSecurity: {
              accessControlMaxAge: Duration.days(365),
              includeSubdomains: true,
              override: true,
            },
          }
        : {}),
    },
    customHeadersBehavior: {
      customHeaders: [{ header: 'Cross-Origin-Resource-Policy', value: 'same-site', override: true }],
    },
    corsBehavior: {
      accessControlAllowCredentials: true,
      accessControlAllowOrigins: [values.appOrigin],
      accessControlAllowMethods: ['GET', 'HEAD'],
      accessControlAllowHeaders: ['Range', 'If-None-Match'],
      accessControlExposeHeaders: ['ETag', 'Content-Length', 'Content-Range'],
      originOverride: true,
    },
  });
}
