import t from 'tap';
import { FACTS } from '../../../../services/operator/probe/facts.ts';
import type { LabWorld } from '../../../../services/operator/probe/lab-world.ts';
import type { World } from '../../../../services/operator/probe/world.ts';

type Answer = [status: number, body?: string, headers?: Record<string, string>];

const answerOf = ([status, body = '', headers = {}]: Answer) => ({
  ...{ status, headers },
  body: Buffer.from(body),
});

/** What the parts of a deployment answer. */
const FILE: Answer = [200];
const REFUSED: Answer = [403, '<Code>AccessDenied</Code>'];
const MALFORMED: Answer = [403, '<Code>MalformedPolicy</Code>'];
const MISSING_KEY: Answer = [403, '<Code>MissingKey</Code>'];
const BY_FUNCTION: Answer = [400, '{"code":"bad_path"}'];

/** How the world answers, one call after the other. */
interface Given {
  takes?: (boolean | undefined)[];
  answers?: Answer[];
  /** The event that the lab's function saw. */
  event?: object | undefined;
  isHidden?: boolean[];
}

/** Asks one fact of a world that gives these answers. `figures` has what was measured. */
async function asked(name: string, place: 'lab' | 'deployment', given: Given) {
  const fact = FACTS.find((one) => one.name === name);
  const look = fact?.[place] ?? fact?.everywhere;
  const [takes, answers, isHidden] = [given.takes ?? [], given.answers ?? [], given.isHidden ?? []];
  const figures: string[] = [];
  const answer = async () => answerOf(answers.shift() ?? [500]);
  const world = {
    ...{ origin: 'https://files', folder: '/f', file: '/f/x', detour: '/g/../f/x', policyHeader: 'x-policy' },
    credential: [['Policy', 'p']],
    figure: (what: string, text: string) => figures.push(`${what}: ${text}`),
    sign: async () => [['Policy', 'other']],
    byKind: async (by: (kind: 'cookies') => unknown) => await by('cookies'),
    takes: async () => takes.shift(),
    isHidden: async () => isHidden.shift(),
    event: async () => given.event,
    ...{ show: answer, ask: answer, object: answer },
  } as unknown as World & LabWorld;
  return { seen: await look?.(world), figures, left: takes.length + answers.length + isHidden.length };
}

const DEPLOYMENT: [fact: string, given: Given, seen: unknown][] = [
  ['functionBeforeSignature', { answers: [BY_FUNCTION] }, true],
  ['functionBeforeSignature', { answers: [MISSING_KEY] }, false],
  ['functionBeforeSignature', { answers: [REFUSED] }, undefined],
  ['normalisedUri', { answers: [BY_FUNCTION] }, false],
  ['normalisedUri', { answers: [[403, '{"code":"policy_not_ours"}']] }, true],
  ['normalisedUri', { answers: [FILE] }, true],
  ['normalisedUri', { answers: [REFUSED] }, undefined],
  ['signatureOnNormalisedUri', { takes: [true] }, true],
  ['signatureOnNormalisedUri', { takes: [false] }, false],
  ['signatureOnNormalisedUri', { takes: [undefined, true] }, false],
  ['signatureOnNormalisedUri', { takes: [undefined, false] }, true],
  ['signatureOnNormalisedUri', { takes: [undefined, undefined] }, undefined],
  ['viewerResponseSees', { isHidden: [false], answers: [FILE] }, 'rewritten'],
  [
    'viewerResponseSees',
    { isHidden: [false], answers: [[200, '', { 'content-disposition': 'attachment' }]] },
    'viewer',
  ],
  ['viewerResponseSees', { isHidden: [true, false], answers: [FILE] }, 'rewritten'],
  ['viewerResponseSees', { isHidden: [false, false], answers: [REFUSED, FILE] }, 'rewritten'],
  ['viewerResponseSees', { isHidden: [true, true] }, undefined],
  ['duplicates', { takes: [true, false] }, 'first'],
  ['duplicates', { takes: [false, true] }, 'last'],
  ['duplicates', { takes: [true, true] }, 'either'],
  ['duplicates', { takes: [false, false] }, 'neither'],
  ['duplicates', { takes: [undefined, true] }, undefined],
  ['duplicates', { takes: [true, undefined] }, undefined],
  ['fittingSet', { takes: [true, true, true, true] }, true],
  ['fittingSet', { takes: [true, false, false, true] }, false],
  ['fittingSet', { takes: [false, false, false, false] }, 'neither'],
  ['fittingSet', { takes: [true, true, true, false] }, 'true for nested paths, for equal paths false'],
  ['fittingSet', { takes: [true, undefined] }, undefined],
  ['policyWithExpires', { takes: [true, false] }, 'policy'],
  ['policyWithExpires', { takes: [false, true] }, 'expires'],
  ['caseIgnored', { takes: [true, true] }, true],
  ['caseIgnored', { takes: [false, false] }, false],
  ['caseIgnored', { takes: [true, false] }, 'of the hash alone'],
  ['caseIgnored', { takes: [false, true] }, 'of the host alone'],
  ['caseIgnored', { takes: [undefined, true] }, true],
  ['caseIgnored', { takes: [false, undefined] }, false],
  ['addressWithoutMask', { answers: [FILE] }, 'not looked at'],
  ['addressWithoutMask', { answers: [MALFORMED] }, false],
  ['addressWithoutMask', { answers: [REFUSED] }, true],
  ['addressWithoutMask', { answers: [BY_FUNCTION] }, undefined],
  ['responseHeadersPolicyOnRefusals', { answers: [REFUSED] }, false],
  [
    'responseHeadersPolicyOnRefusals',
    { answers: [[403, '<Code>AccessDenied</Code>', { 'x-policy': '1' }]] },
    true,
  ],
  ['responseHeadersPolicyOnRefusals', { answers: [BY_FUNCTION] }, undefined],
  ['latin1Path', { answers: [BY_FUNCTION] }, 'as it was sent'],
  ['latin1Path', { answers: [FILE] }, 'converted: 200'],
  ['encodedSlash', { answers: [REFUSED] }, 'decoded: 403 AccessDenied'],
  ['clearSiteData', { answers: [REFUSED, [200, '', { 'clear-site-data': '"cache"' }]] }, '200 "cache"'],
  ['clearSiteData', { answers: [REFUSED, REFUSED] }, undefined],
];

t.test('what a deployment answers, and what is seen by it', async (t) => {
  for (const [name, given, seen] of DEPLOYMENT) {
    const row = `${name} ${JSON.stringify(given)}`;
    const { seen: found, left } = await asked(name, 'deployment', structuredClone(given));
    t.strictSame([found, left], [seen, 0], row);
  }
});

const saw = (text: object): Answer => [200, '', { 'x-lab-saw': JSON.stringify(text) }];

const LAB: [fact: string, given: Given, seen: unknown][] = [
  ['normalisedUri', { event: { uri: '/f/x/..//%62' } }, false],
  ['normalisedUri', { event: { uri: '/f/b' } }, true],
  ['normalisedUri', { event: { uri: '/f/%62' } }, '/f/%62'],
  ['normalisedUri', {}, undefined],
  ['viewerResponseSees', { answers: [saw({ uri: '/f/sent', query: 'sent', header: 'viewer' })] }, 'viewer'],
  [
    'viewerResponseSees',
    { answers: [saw({ uri: '/object.txt', query: 'rewritten', header: 'rewritten' })] },
    'rewritten',
  ],
  [
    'viewerResponseSees',
    { answers: [saw({ uri: '/object.txt', query: 'sent', header: 'viewer' })] },
    '/object.txt sent viewer',
  ],
  ['responseHeadersPolicyFirst', { answers: [saw({ policy: true })] }, true],
  ['responseHeadersPolicyFirst', { answers: [saw({ policy: false })] }, false],
  ['responseHeadersPolicyFirst', { answers: [FILE] }, false],
  ['latin1Path', { event: { uri: '/f/x%E9' } }, 'as it was sent'],
  ['latin1Path', { event: { uri: '/f/x%c3%a9' } }, '/f/x%c3%a9'],
  ['requestBelowLimit', { answers: [FILE] }, 'opens'],
  ['requestBelowLimit', { answers: [[413]] }, '413'],
  ['cookieTwiceInEvent', { event: { cookies: { 'CloudFront-Own': { multiValue: [1, 2] } } } }, 'multiValue'],
  ['cookieTwiceInEvent', { event: { cookies: { 'CloudFront-Own': { multiValue: [1], value: '1' } } } }, '1'],
  ['cookieTwiceInEvent', { event: { cookies: { 'CloudFront-Own': { value: '2' } } } }, '2'],
  ['viewerResponseOnErrors', { answers: [FILE] }, undefined],
  ['viewerResponseOnErrors', { answers: [[400]] }, 'neither'],
  ['viewerResponseOnErrors', { answers: [[404, '', { 'x-policy': '1' }]] }, 'policy alone'],
  ['viewerResponseOnErrors', { answers: [[404, '', { 'x-lab-saw': '{}' }]] }, 'function alone'],
  [
    'viewerResponseOnErrors',
    { answers: [[404, '', { 'x-policy': '1', 'x-lab-saw': '{}' }]] },
    'function and policy',
  ],
];

t.test('what the lab answers, and what is seen by it', async (t) => {
  for (const [name, given, seen] of LAB) {
    const row = `${name} ${JSON.stringify(given)}`;
    const { seen: found, left } = await asked(name, 'lab', structuredClone(given));
    t.strictSame([found, left], [seen, 0], row);
  }
});

t.test('of two sets of cookies, it is told which counts for which paths', async (t) => {
  const { figures } = await asked('fittingSet', 'lab', { takes: [true, true, false, true] });
  t.strictSame(figures, [
    'fittingSet: of two sets of cookies for nested paths, either counts',
    'fittingSet: of two sets of cookies for equal paths, last counts',
  ]);
});
