import {
  BY_BROWSERS,
  BY_DESIGN,
  behavior,
  cacheKey,
  conditions,
  distribution,
  fact,
  freshness,
  headers,
  IN,
  lifetimes,
  NOT_DOCUMENTED,
  noted,
  ONE_BEHAVIOR,
  objects,
  request,
  rules,
  type Section,
  SIGNED_COOKIES,
  sites,
} from './fact.ts';

export const CACHE: Section = {
  title: 'Cache, CORS, methods',
  facts: [
    fact(
      'A',
      SIGNED_COOKIES,
      'Signing cookies are not in the cache key. One object serves every viewer who may have it.',
      cacheKey('no cookie is in the key: one object serves everybody who may have it'),
    ),
    fact(
      'A',
      'using-managed-cache-policies',
      'CachingOptimized keeps an object for at least 1 second. The default is 86,400 seconds.',
      distribution('every policy that AWS manages, as the CDK knows them, is known by its id'),
      behavior('each behavior has its own cache policy, response headers policy and functions'),
    ),
    fact(
      'A',
      'Expiration',
      'A minimum above 0 outweighs no-store, no-cache and private.',
      freshness('an object is kept as the origin says, within the bounds of the policy'),
    ),
    fact(
      'A',
      'Expiration',
      'An object that is replaced under its key stays in the cache as it was until its lifetime is over.',
      lifetimes('a replaced object is new, and a deleted one gone, once its lifetime is over'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'A',
        'Invalidation',
        'An invalidation does not reach browsers, so URLs for browsers have a version.',
        IN('edge/function/viewer-response.test.ts')(
          'immutable only if the version that came back is the asked one, for a folder credential',
        ),
      ),
    ),
    fact(
      'A',
      'Expiration',
      'An expired object is revalidated with the origin by its ETag.',
      lifetimes('an object is kept for the lifetime of the cache policy, then revalidated'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'A',
        'Expiration',
        'So the edge of this project keeps an object for seconds. Minimum, default and maximum are equal.',
        ONE_BEHAVIOR,
      ),
    ),
    fact(
      'A',
      'RangeGETs',
      'Several ranges in ascending order, apart from each other, give 206 multipart/byteranges of a kept object. Otherwise CloudFront gives the whole object.',
      conditions(
        'several ranges in ascending order are parts of the object that is kept, and the whole of one that is not',
      ),
    ),
    noted(
      BY_DESIGN,
      fact(
        'D',
        NOT_DOCUMENTED,
        'It is unknown whether CloudFront answers a Range that the function removed. Our function removes several ranges, and makes a download of an answer in parts.',
        IN('edge/function/viewer-request.test.ts')(
          'several ranges are not passed on: an answer in parts would have another type than the file',
        ),
        IN('edge/function/viewer-response.test.ts')(
          'an answer in parts is a download, whatever its parts are',
        ),
      ),
    ),
    fact(
      'A',
      'QueryStringParameters',
      'A query parameter in the cache key is sent to the origin.',
      cacheKey('the query strings that the policy takes are in the key and reach the origin'),
    ),
    noted(
      BY_DESIGN,
      fact(
        'A',
        'Amazon S3 API Reference: GetObject',
        'S3 obeys response-*, versionId and other query parameters, so none of these parameters reaches S3.',
        IN('edge/local/support/isolation-suite.ts')('query parameters that S3 obeys do not reach it'),
      ),
    ),
    noted(
      BY_BROWSERS,
      fact(
        'B',
        NOT_DOCUMENTED,
        '<img> without crossorigin needs no CORS. <img crossorigin="anonymous"> brings no cookies.',
        rules,
        IN('browser/own-image.test.ts')(
          'a person signs in, uploads a picture and a PDF, sees them, and signs out',
        ),
      ),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'It is unknown whether OPTIONS needs a signature. Our distribution does not allow OPTIONS, so the answer is 403 before the signature check.',
      request('methods that are not allowed are refused before the signature is looked at'),
    ),
    fact(
      'B',
      NOT_DOCUMENTED,
      'S3 adds Vary: Origin only if the request has Origin, so CORS comes from the response headers policy.',
      headers('CORS headers are for the origin that is allowed, also from the cache'),
    ),
    fact(
      'A/C',
      'HTTPStatusCodes',
      'CloudFront may give an expired object while the origin is down or answers 5xx.',
      objects('an origin that is down gives 502, unless the object is kept'),
    ),
    fact(
      'A',
      'ServingCompressedFiles',
      'Compression at the edge makes ETags weak. Our distribution compresses nothing, so its ETags stay strong.',
      sites('a static site with error pages'),
      ONE_BEHAVIOR,
    ),
    fact(
      'A',
      'HTTPStatusCodes',
      'CloudFront keeps 404, 414 and 5xx of the origin for 10 seconds by default (ErrorCachingMinTTL, which may be 0).',
      lifetimes('errors are kept as the distribution says'),
      freshness('an object is kept as the origin says, within the bounds of the policy'),
    ),
    fact(
      'A',
      'HTTPStatusCodes',
      'CloudFront keeps 403, 400 and 405 of the origin only if the origin sends max-age.',
      freshness('an object is kept as the origin says, within the bounds of the policy'),
    ),
    fact(
      'D',
      NOT_DOCUMENTED,
      'It is unknown what CloudFront does with If-Match and If-Unmodified-Since of a viewer. The local CloudFront ignores both headers.',
      conditions('conditions of the viewer are answered with 304, which changes no type'),
    ),
  ],
};
