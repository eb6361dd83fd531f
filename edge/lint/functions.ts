import { chooseBehavior } from '@cloudfront-cookie-gateway/local-cloudfront/behavior';
import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import { type Found, GUIDE, type Rule } from './finding.ts';
import { type Behavior, type Distribution, functionsOf, type Stack } from './stack.ts';
import { type Asked, createTrial, decoded } from './trial.ts';

const UP = `.. %2e%2e .%2e %2e. %2E%2E ..; %252e%252e %c0%ae%c0%ae ..%00 ..%09 %u002e%u002e
  %ef%bc%8e%ef%bc%8e .%00. ... ....`.split(/\s+/);
const SLASH = ['/', '%2f', '%2F', '%5c', '\\', '//', '/./', '%252f', '%c0%af', '/;/', '%00/'];

/** Each function of a signed behavior gets requests of a person who wants another person's files. */
export const functionCrossesPrefix: Rule = {
  name: 'function-crosses-prefix',
  page: `${GUIDE}/functions-event-structure.html`,
  async check(stack) {
    const found: Found[] = [];
    for (const distribution of stack.distributions) {
      for (const behavior of distribution.behaviors) {
        const { viewerRequest } = functionsOf(stack, behavior);
        if (viewerRequest && behavior.isSigned)
          found.push(...(await crossing(stack, behavior, distribution, viewerRequest)));
      }
    }
    return found;
  },
};

async function crossing(
  { unseen }: Stack,
  behavior: Behavior,
  { behaviors, host }: Distribution,
  source: EdgeFunctionSource,
): Promise<Found[]> {
  const { distribution: resource, property, pathPattern } = behavior;
  const trial = createTrial(source, host);
  // Another rule says that the code cannot be loaded.
  if (!trial) return [];
  const tries = attacks(pathPattern, source.code).filter(
    ({ asked }) => chooseBehavior(behaviors, asked.rawPath) === behavior,
  );
  for (let at = 0; tries[at]; at += AT_ONCE) {
    const crossed = await Promise.all(
      tries.slice(at, at + AT_ONCE).map(async ({ asked, foreign }) => {
        const uri = await trial.uriOf(asked);
        // S3 decodes once, and resolves nothing.
        return uri !== undefined && foreign.some((one) => decoded(uri).startsWith(one))
          ? [{ asked, uri }]
          : [];
      }),
    );
    for (const { asked, uri } of crossed.flat()) {
      return [
        {
          level: 'error',
          resource,
          property: `${property}.FunctionAssociations`,
          problem: `Function ${source.name} turns ${shown(asked)}, for which a policy of ${asked.folder}* is enough, into ${uri}.`,
          do: 'Refuse such a path, or take the signed folder over byte for byte and normalise only what is behind it.',
        },
      ];
    }
  }
  if (trial.isBroken()) unseen.add(`Function ${source.name}: it fails for every request`);
  return [];
}

/** The number of calls that begin together. They share one turn. Calls one after the other would cost one turn each. */
const AT_ONCE = 20;

/**
 * Values that functions use as ids: those of the person with the cookies, and those of the person whose files are
 * wanted.
 */
const IDS = [
  ['a'.repeat(26), 'b'.repeat(26)],
  ['1', '2'],
  ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'],
] as const;

/** Whose folders they are. Functions may treat the folders of teams in another way than those of users. */
const KINDS = ['', 'users/', 'teams/'];

/** @returns each request, with the folders of the other person: none of them may be in the path that is handed on */
function attacks(pathPattern: string, code: string): { asked: Asked; foreign: string[] }[] {
  const literal = `/${pathPattern.replace(/^\//, '')}`;
  const beginning = literal.replace(/[*?].*/, '');
  const base = beginning.slice(0, beginning.lastIndexOf('/') + 1);
  const ending = literal.slice(literal.lastIndexOf('/') + 1);
  const file = ending === '*' ? 'a.jpg' : ending.replaceAll(/[*?]/g, 'a');
  return KINDS.flatMap((kind) =>
    IDS.flatMap(([ownId, foreignId]) => {
      const own = `${base}${kind}${ownId}`;
      const foreign = KINDS.map((one) => `${base}${one}${foreignId}/`);
      const upper = `${base}${kind}${foreignId.toUpperCase()}/`;
      const asked: Asked[] = [
        // These come first: a function may fail for each request without the header that it reads.
        ...namedInputs(`${own}/`, file, [foreignId, ...foreign, ...foreign.map((one) => one + file)], code),
        ...UP.flatMap((up) =>
          SLASH.map((slash) => ({
            folder: `${own}/`,
            rawPath: `${own}${slash}${up}${slash}${foreignId}/${file}`,
          })),
        ),
        ...(foreign.includes(upper) ? [] : [{ folder: upper, rawPath: `${upper}${file}` }]),
      ];
      return asked.map((one) => ({ asked: one, foreign }));
    }),
  );
}

/** The values that a viewer may send in the places that the code names. */
function namedInputs(folder: string, file: string, values: string[], code: string): Asked[] {
  const asked = { folder, rawPath: `${folder}${file}` };
  const places = [...code.matchAll(/\b(querystring|headers|cookies)(?:\.|\[\s*['"])([\w-]+)/g)];
  return values.flatMap((value) =>
    places.map(([, place, name = '']): Asked => {
      if (place === 'querystring') return { ...asked, rawQuery: `${name}=${value}` };
      return place === 'headers'
        ? { ...asked, headers: { [name]: value } }
        : { ...asked, cookies: { [name]: value } };
    }),
  );
}

function shown({ rawPath, rawQuery, headers = {}, cookies = {} }: Asked): string {
  const inputs = Object.entries({ ...headers, ...cookies }).map(([name, value]) => ` with ${name}: ${value}`);
  return `${rawPath}${rawQuery === undefined ? '' : `?${rawQuery}`}${inputs.join('')}`;
}
