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
      'Where a viewer takes both, Brotli goes before gzip; the older settings know gzip alone.',
      SITE,
      SAM,
    ),
    fact(
      'A',
      COMPRESSION,
      '1,000 to 10,000,000 bytes of listed types, with Content-Length and without Content-Encoding, status 200, 403 or 404.',
      SITE,
    ),
    fact(
      'A',
      COMPRESSION,
      'A strong ETag becomes weak, a weak one stays, an invalid one goes; a condition on the weak one gives 304.',
      SITE,
    ),
    fact('B', 'not documented', 'What is compressed says Vary: Accept-Encoding.', SITE),
    fact(
      'A',
      'DefaultRootObject',
      'It stands for the root alone, for all methods, and not for folders.',
      SITE,
    ),
    fact(
      'D',
      'not documented',
      'Whether functions see the root or the root object: they see the root.',
      SITE,
    ),
    fact(
      'A',
      'GeneratingCustomErrorResponses',
      'A page stands in with a status of its own; where it is missing, its own error is given.',
      SITE,
      sites('a single page app whose function rewrites'),
    ),
    fact(
      'D',
      'not documented',
      'The page is fetched past signature and functions, through the behavior of its own path.',
      SITE,
    ),
    fact(
      'A',
      'controlling-origin-requests',
      'The origin gets what is in the key and what the origin request policy names: headers, cookies, query strings.',
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
      'Of managed CORS with preflight a simple request is told the origin alone; what the origin sends stays, but for nosniff.',
      API,
    ),
    fact(
      'B',
      'not documented',
      'The values of the managed security headers, and the keys of both UseOriginCacheControlHeaders policies, as other emulators have them.',
      distribution('every policy that AWS manages, as the CDK knows them, is known by its id'),
    ),
    fact(
      'C',
      HELPERS,
      'Custom headers that updateRequestOrigin is given take the place of those of the origin.',
      CHOSEN,
    ),
    fact(
      'A',
      'using-managed-origin-request-policies',
      'Without the viewer’s Host the origin gets its own.',
      API,
    ),
    fact(
      'A',
      CUSTOM,
      'X-Forwarded-For gets the viewer’s address at its end; User-Agent is Amazon CloudFront unless it is forwarded.',
      API,
      SAM,
    ),
    fact(
      'A',
      CUSTOM,
      'The older settings forward most headers, but not Accept, Referer or Host; they keep by what is listed.',
      SAM,
    ),
    fact(
      'A',
      CUSTOM,
      'All methods go to the origin with their bodies; answers to GET and HEAD alone are kept, and those to OPTIONS on request.',
      API,
    ),
    fact(
      'A',
      CUSTOM,
      'Set-Cookie is given back only where cookies are forwarded, and is kept with the object.',
      CHOSEN,
      SAM,
    ),
    fact('A', CUSTOM, 'An answer in chunks is given as it comes, and kept.', CHOSEN),
    fact(
      'A',
      'high_availability_origin_failover',
      'The second origin is asked for the listed statuses, or where the first cannot be reached or is too slow; for GET, HEAD and OPTIONS alone.',
      FAILOVER,
    ),
    fact(
      'A',
      'adding-cloudfront-headers',
      'Headers that CloudFront writes are there for functions, key and origin where a policy names them; a viewer cannot set them.',
      CHOSEN,
    ),
    fact(
      'A',
      HELPERS,
      'A viewer-request function sends a request to another origin; what it does not name stays.',
      CHOSEN,
    ),
    fact('C', HELPERS, 'The origin that a function chose is no part of the key.', CHOSEN),
    fact(
      'A',
      'kvs-with-functions-create-s3-kvp',
      'A store is filled from a JSON file of a bucket when it is created.',
      apps('A and B, chosen by a KeyValueStore that a file fills'),
    ),
    fact(
      'A',
      'understanding-response-headers-policies',
      'A preflight is told methods, headers and age as well.',
      API,
    ),
    fact(
      'A',
      'private-content-restricting-access-to-s3',
      'The older identity opens a bucket as access control does.',
      sites('the older identity, and a bucket that is a website'),
    ),
    fact('B', 'not documented', 'For a method that is not allowed CloudFront gives its HTML page.', API),
  ],
};
