import { createEdgeFunctions } from '../functions/edge-functions.ts';
import type { EdgeFunctionSource } from '../template/functions.ts';
import { corsFinding } from './cors.ts';
import type { Finding } from './finding.ts';
import { functionsOf } from './policies.ts';
import type { Behavior, Distribution, Stack } from './stack.ts';
import { type Asked, createTrial, decoded, FOREIGN, OWN, type Trial, viewerOf } from './trial.ts';

const UP = [
  ...['..', '%2e%2e', '.%2e', '%2e.', '%2E%2E', '..;', '%252e%252e', '%c0%ae%c0%ae', '..%00', '..%09'],
  ...['%u002e%u002e', '%ef%bc%8e%ef%bc%8e', '.%00.', '...', '....'],
];
const SLASH = ['/', '%2f', '%2F', '%5c', '\\', '//', '/./', '%252f', '%c0%af', '/;/', '%00/'];

/** Each function of a signed behavior, tried with what somebody sends who wants the files of another. */
export async function functionFindings(stack: Stack): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const distribution of stack.distributions) {
    for (const behavior of distribution.behaviors) {
      const { viewerRequest, viewerResponse } = functionsOf(stack, behavior);
      if (viewerRequest && behavior.isSigned)
        found.push(...(await crossing(stack, behavior, distribution, viewerRequest)));
      if (viewerResponse) found.push(...(await openCors(stack, distribution, viewerResponse)));
    }
  }
  return found;
}

async function crossing(
  { unseen }: Stack,
  { distribution: resource, property, pathPattern }: Behavior,
  { host }: Distribution,
  source: EdgeFunctionSource,
): Promise<Finding[]> {
  const trial = createTrial(source, host);
  if (!trial) {
    unseen.add(`Function ${source.name}: its code cannot be loaded`);
    return [];
  }
  for (const base of basesOf(pathPattern)) {
    const crossed = await firstCrossing(trial, base, source.code);
    if (!crossed) continue;
    const { asked, uri } = crossed;
    return [
      {
        ...{ rule: 'function-crosses-prefix', level: 'error', resource },
        property: `${property}.FunctionAssociations`,
        problem: `Function ${source.name} turns ${shown(asked)}, for which a policy of ${base}${OWN}/* is enough, into ${uri}.`,
        do: 'Refuse such a path, or take the signed folder over byte for byte and normalise only what is behind it.',
      },
    ];
  }
  return [];
}

/** Folders in which users may have theirs: what the pattern says literally, and a folder `users` in it. */
function basesOf(pathPattern: string): string[] {
  const literal = `/${pathPattern.replace(/^\//, '')}`.replace(/[*?].*$/, '');
  const base = literal.slice(0, literal.lastIndexOf('/') + 1);
  return [base, `${base}users/`];
}

async function firstCrossing(
  trial: Trial,
  base: string,
  code: string,
): Promise<{ asked: Asked; uri: string } | undefined> {
  const tries: Asked[] = [
    ...UP.flatMap((up) =>
      SLASH.map((slash) => ({ rawPath: `${base}${OWN}${slash}${up}${slash}${FOREIGN}/a.jpg` })),
    ),
    ...namedInputs(base, code),
  ];
  for (const asked of tries) {
    const uri = await trial.uriOf(asked);
    // S3 decodes once, and resolves nothing.
    if (uri !== undefined && decoded(uri).startsWith(`${base}${FOREIGN}`)) return { asked, uri };
  }
  return undefined;
}

/** What the viewer may put into the places that the code names. */
function namedInputs(base: string, code: string): Asked[] {
  const rawPath = `${base}${OWN}/a.jpg`;
  const places = code.matchAll(/\b(querystring|headers|cookies)(?:\.|\[\s*['"])([\w-]+)/g);
  return [...places].flatMap(([, place, name = '']) =>
    [FOREIGN, `${base}${FOREIGN}`, `${base}${FOREIGN}/a.jpg`].map((value): Asked => {
      if (place === 'querystring') return { rawPath, rawQuery: `${name}=${value}` };
      return place === 'headers'
        ? { rawPath, headers: { [name]: value } }
        : { rawPath, cookies: { [name]: value } };
    }),
  );
}

function shown({ rawPath, rawQuery, headers = {}, cookies = {} }: Asked): string {
  const inputs = Object.entries({ ...headers, ...cookies }).map(([name, value]) => ` with ${name}: ${value}`);
  return `${rawPath}${rawQuery === undefined ? '' : `?${rawQuery}`}${inputs.join('')}`;
}

/** Whether the function lets a page of anybody's read an answer. */
async function openCors(
  { unseen }: Stack,
  { host }: Distribution,
  source: EdgeFunctionSource,
): Promise<Finding[]> {
  const origin = 'https://lint.example';
  try {
    const functions = createEdgeFunctions({
      ...{ id: 'EDFDVBD6EXAMPLE', functions: { viewerResponse: source }, keyValueStores: {}, now: Date.now },
    });
    const viewer = viewerOf({ rawPath: `/${OWN}/a.jpg`, headers: { origin } }, host);
    const plain = {
      status: 200,
      headers: new Map([['content-type', ['image/jpeg']]]),
      body: Buffer.alloc(0),
    };
    const { headers } = await functions.onResponse(viewer, plain);
    const [allowed = ''] = headers.get('access-control-allow-origin') ?? [];
    const isOpen = headers.get('access-control-allow-credentials')?.[0] === 'true';
    return isOpen && ['*', origin].includes(allowed) ? [corsFinding(source.name, 'FunctionCode')] : [];
  } catch {
    unseen.add(`Function ${source.name}: it fails for a plain answer`);
    return [];
  }
}
