import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { contentSecurityPolicy } from '../edge/function/shown-types.ts';
import { isDevelopmentOrigin } from '../services/auth/domain/origins.ts';
import type { FilesHostValues } from './files-host-values.ts';

/** @param name if it is left out, the CDK makes one */
export function responseHeadersPolicy(
  scope: Construct,
  values: FilesHostValues,
  name: string | undefined,
): cloudfront.ResponseHeadersPolicy {
  // On this machine the header would bind every other server on localhost, for a year.
  const isPublic = !isDevelopmentOrigin(values.filesOrigin);
  return new cloudfront.ResponseHeadersPolicy(scope, 'ResponseHeaders', {
    ...(name === undefined ? {} : { responseHeadersPolicyName: name }),
    securityHeadersBehavior: {
      contentTypeOptions: { override: true },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
        override: true,
      },
      // This policy is for errors. The viewer-response function sets another policy by type. That one stays, whichever
      // of the two runs first, because this one does not override. On a 304 the function sets none, and browsers may
      // store this one. So this one must suit every type: no sandbox, and media allowed.
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
