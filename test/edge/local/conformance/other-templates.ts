import { apps, byHand, distribution, fact, type Section, sites } from './fact.ts';

const FAILOVER = apps('a group of origins, of which the second stands in');
const API = apps('an API beside its assets');
const SAM = byHand('SAM in YAML, with the settings that came before policies');
const SITE = sites('a static site with error pages');
const CHOSEN = apps(
  'what comes back is kept by cookies, headers and country, and origins are chosen by a function',
);
const COMPRESSION = 'ServingCompressedFiles';
const CUSTOM = 'RequestAndResponseBehaviorCustomOrigin';
const HELPERS = 'helper-functions-origin-modification';

export const OTHER_TEMPLATES: Section = {
  title: 'What other distributions use',
  facts: [
    fact(
      'A',
      COMPRESSION,
      'CloudFront prefers Brotli if a viewer takes Brotli and gzip. The older settings know gzip alone.',
      SITE,
      SAM,
    ),
    fact(
      'A',
      COMPRESSION,
      'CloudFront compresses an answer with 1,000 to 10,000,000 bytes of a listed type. The answer of the origin must have Content-Length, no Content-Encoding, and status 200, 403 or 404.',
      SITE,
    ),
    fact(
      'A',
      COMPRESSION,
      'Compression makes a strong ETag weak, keeps a weak ETag and removes an invalid ETag. A condition on the weak ETag gives 304.',
      SITE,
    ),
    fact('B', 'not documented', 'A compressed answer has Vary: Accept-Encoding.', SITE),
    fact(
      'A',
      'DefaultRootObject',
      'The default root object stands for the root alone, for all methods. It does not stand for folders.',
      SITE,
    ),
    fact(
      'D',
      'not documented',
      'It is unknown whether functions see the root or the root object. Chosen: the root.',
      SITE,
    ),
    fact(
      'A',
      'GeneratingCustomErrorResponses',
      'An error page replaces an error and has its own status. If the page is missing, CloudFront gives the error of the page.',
      SITE,
      sites('a single page app whose function rewrites'),
    ),
    fact(
      'D',
      'not documented',
      "CloudFront fetches the error page through the behavior of the page's own path, without a signature check and without functions.",
      SITE,
    ),
    fact(
      'A',
      'controlling-origin-requests',
      'The origin gets the headers, cookies and query strings of the cache key and of the origin request policy.',
      API,
    ),
    fact(
      'A',
      'using-managed-origin-request-policies',
      'AWS manages seven cache policies, eight origin request policies and five response headers policies, each with a fixed id.',
      distribution('every policy that AWS manages, as the CDK knows them, is known by its id'),
    ),
    fact(
      'A',
      'using-managed-response-headers-policies',
      'A simple request gets Access-Control-Allow-Origin alone from the managed policies for CORS with preflight. Managed policies replace no header of the origin, except X-Content-Type-Options.',
      API,
    ),
    fact(
      'B',
      'not documented',
      'The managed security headers and the keys of both UseOriginCacheControlHeaders policies are the same here as in other emulators.',
      distribution('every policy that AWS manages, as the CDK knows them, is known by its id'),
    ),
    fact(
      'C',
      HELPERS,
      'Custom headers for updateRequestOrigin replace the custom headers of the origin.',
      CHOSEN,
    ),
    fact(
      'A',
      'using-managed-origin-request-policies',
      'The origin gets its own Host if the viewer’s Host is not forwarded.',
      API,
    ),
    fact(
      'A',
      CUSTOM,
      'X-Forwarded-For gets the viewer’s address at its end. User-Agent is Amazon CloudFront if the viewer’s User-Agent is not forwarded.',
      API,
      SAM,
    ),
    fact(
      'A',
      CUSTOM,
      'The older settings forward most headers, but not Accept, Referer or Host. The cache key has only the listed values.',
      SAM,
    ),
    fact(
      'A',
      CUSTOM,
      'All methods go to the origin with their bodies. CloudFront keeps only answers to GET and HEAD, and to OPTIONS on request.',
      API,
    ),
    fact(
      'A',
      CUSTOM,
      'CloudFront gives Set-Cookie back only if cookies are forwarded. CloudFront keeps Set-Cookie with the object.',
      CHOSEN,
      SAM,
    ),
    fact(
      'A',
      CUSTOM,
      'CloudFront passes on an answer in chunks as the chunks come, and keeps the answer.',
      CHOSEN,
    ),
    fact(
      'A',
      'high_availability_origin_failover',
      'CloudFront asks the second origin if the first gives a listed status, cannot be reached or is too slow. This holds for GET, HEAD and OPTIONS alone.',
      FAILOVER,
    ),
    fact(
      'A',
      'adding-cloudfront-headers',
      'Functions, cache key and origin get the headers of CloudFront that a policy names. A viewer cannot set these headers.',
      CHOSEN,
    ),
    fact(
      'A',
      HELPERS,
      'A viewer-request function sends a request to another origin. Settings that the function does not name stay.',
      CHOSEN,
    ),
    fact('C', HELPERS, 'The cache key does not contain the origin that a function chose.', CHOSEN),
    fact(
      'A',
      'kvs-with-functions-create-s3-kvp',
      'A new KeyValueStore is filled from a JSON file in a bucket.',
      apps('A and B, chosen by a KeyValueStore that a file fills'),
    ),
    fact(
      'A',
      'understanding-response-headers-policies',
      'The answer to a preflight has the allowed methods, the allowed headers and the age as well.',
      API,
    ),
    fact(
      'A',
      'private-content-restricting-access-to-s3',
      'The older origin access identity opens a bucket as origin access control does.',
      sites('the older identity, and a bucket that is a website'),
    ),
    fact('B', 'not documented', 'CloudFront answers a method that is not allowed with its HTML page.', API),
  ],
};
