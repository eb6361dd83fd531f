import fc from 'fast-check';
import { anyCharacter } from '../../../support/any-character.ts';
import { ALICE, BOB, FORMER_TEAM, TEAM } from './events.ts';

/** The credentials that open something. A link opens the folder of the team; `link` and `canned` are for exactly the requested URL. */
export const GOOD = [
  ...(['folder of alice', 'folder of bob', 'folder of the team', 'folder by a link'] as const),
  ...(['link', 'canned'] as const),
] as const;
/** The credentials that the service signed. A former team is one that its user has left. */
export const SIGNED = [...GOOD, 'folder of the former team', 'folder by an ended link'] as const;

/** A request made by an attacker who holds credentials of the service. */
export interface Attempt {
  rawPath: string;
  /** Without the credential. */
  rawQuery: string | undefined;
  signed: (typeof SIGNED)[number];
  carriedBy: 'query' | 'cookies';
  /** Cookies that nobody signed, before or behind the signed ones. */
  forged: { owner: string; isFirst: boolean } | undefined;
}

const pathPrefix = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[`/users/${ALICE}/`, `/users/${BOB}/`, `/teams/${TEAM}/`, `/teams/${FORMER_TEAM}/`],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['/', '/users/', '/Users/', '/users/*/', '/users/?/', '/./users/', `/x/../users/${ALICE}/`],
      ...[`/users/${ALICE}`, `//users/${ALICE}/`, `/users//${ALICE}/`, `/%75sers/${ALICE}/`],
      ...[`/users/${ALICE}*/`, `/users/${ALICE.toUpperCase()}/`, `/users%2f${ALICE}%2f`],
      ...[`/users/%61${ALICE.slice(1)}/`, `/users/${ALICE}%00/`, `/users/../users/${BOB}/`],
      ...[`/teams/${ALICE}/`, `/teams/${TEAM}x/`, `/Teams/${TEAM}/`, '/teams/*/', `/teams/../users/${BOB}/`],
    ),
  },
);

const pathToken = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...[
        '/',
        '//',
        '%25',
        '%252e%252e/',
        '%252f',
        '%255c',
        '%25%32%65',
        '+',
        '%2b',
        '*',
        '%2A',
        '%3f',
        '%ef%bc%8f',
      ],
      ...['%ef%bc%8e', '#', '@', ':', '&', '=', '%c3%a9', 'é', 'a', '%61', 'a.png', '~', ' ', '%20', ';a=b'],
      ...['users', '/users/', '/teams/', TEAM, FORMER_TEAM, ALICE, BOB, `${BOB}/`, '...', '.a'],
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '.',
        '..',
        '../',
        '/../',
        '/./',
        `/../${BOB}/`,
        `../${BOB}/`,
        `../../teams/${TEAM}/`,
        `../../users/${BOB}/`,
        `%2e%2e/${BOB}/`,
        '%2e',
        '%2E%2e',
        '.%2e',
      ],
      ...[
        '%2e.',
        '..;',
        '..;/',
        '..%3b/',
        '..%00/',
        ';',
        '%2f',
        '%2F',
        '%5c',
        '%5C',
        '\\',
        '..\\',
        '%',
        '%2',
        '%zz',
      ],
      ...[
        '%u002e',
        '%00',
        '%0d',
        '%09',
        '%7f',
        '%c0%af',
        '%c0%ae%c0%ae',
        '%e0%80%af',
        '%ed%a0%80',
        '%ff',
        '%e5%86',
      ],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.nat(255).map((byte) => `%${byte.toString(16).padStart(2, '0')}`) },
);

const path = fc.oneof(
  {
    weight: 19,
    arbitrary: fc
      .tuple(pathPrefix, fc.array(pathToken, { maxLength: 8 }))
      .map(([prefix, tokens]) => prefix + tokens.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 30 }).map((text) => `/${text}`) },
);

const queryPart = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['v=1', 'v=0123456789abcdef', 'v=', 'v=%22', 'share=7', 'download=a%20b', 'download=a"b', 'clear'],
      ...[
        'versionId=1',
        'response-content-type=text/html',
        'acl',
        'X-Amz-Date=1',
        `/../${BOB}/`,
        '..%2f',
        '=',
      ],
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'share=',
        'share=07',
        'policy=x',
        '%50olicy=x',
        '%73hare=8',
        'SHARE=8',
        'a;Policy=x',
        'a;share=1',
        '?',
      ],
      ...['?share=9', '*', '&', '%', 'Policy', 'Expires', 'Hash-Algorithm=SHA1', 'Expires=x', 'Policy=x'],
      ...['Signature=x', 'Key-Pair-Id=x'],
    ),
  },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 5 }) },
);

const query = fc.option(
  fc.array(queryPart, { maxLength: 3 }).map((parts) => parts.join('&')),
  { nil: undefined, freq: 1 },
);

/** A mix of everything in the list of attacks on another user's files that fits into a path, a query and cookies. */
export const attempts: fc.Arbitrary<Attempt> = fc.record({
  rawPath: path.map((text) => text.replaceAll('?', '')),
  rawQuery: query,
  signed: fc.constantFrom(...SIGNED),
  carriedBy: fc.constantFrom('query', 'cookies'),
  forged: fc.option(
    fc.record({
      owner: fc.constantFrom(`users/${ALICE}`, `users/${BOB}`, `teams/${TEAM}`),
      isFirst: fc.boolean(),
    }),
    {
      nil: undefined,
      freq: 1,
    },
  ),
});
