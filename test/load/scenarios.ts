import type { Arrival } from './engine.ts';
import type { Mix } from './view.ts';

/** The requests, and their timing, as data: the same scenario works for the local system and for a distribution. */
export interface Scenario {
  about: string;
  users: number;
  imagesPerUser: number;
  /** The sizes of the images, in turn. At least 200 bytes each. */
  imageBytes: number[];
  work: { kind: 'view'; mix: Mix; attackShare?: number } | { kind: 'sign-in' | 'renewal' };
  arrival: Arrival;
  warmUpSeconds: number;
  seconds: number;
  /** The run ends at this number of units of work, such as views. */
  maxUnits?: number;
  /** Other work at the same time. */
  beside?:
    | { kind: 'sign-outs'; people: number; perSecond: number }
    | { kind: 'rotation' }
    | { kind: 're-uploads'; perSecond: number };
}

const MIX: Mix = { head: 0.05, range: 0.1, conditional: 0.25, unversioned: 0.1 };
const SIZES = [2_000, 10_000, 50_000, 200_000];
const STEADY = {
  users: 50,
  imagesPerUser: 20,
  imageBytes: SIZES,
  work: { kind: 'view', mix: MIX },
  arrival: { ratePerSecond: 200 },
  warmUpSeconds: 2,
  seconds: 20,
} as const satisfies Omit<Scenario, 'about'>;

export const SCENARIOS = {
  steady: {
    ...STEADY,
    about: 'steady viewing: Zipf popularity, HEAD, Range and conditional requests among GETs',
  },
  'login-storm': {
    about: 'sign-ins through the identity provider, each up to the first request with its cookies',
    users: 1,
    imagesPerUser: 1,
    imageBytes: [2_000],
    work: { kind: 'sign-in' },
    arrival: { ratePerSecond: 10 },
    warmUpSeconds: 2,
    seconds: 15,
  },
  'renewal-wave': {
    about: "everybody's cookies end at the same time: all renew at once, and open an image with the new ones",
    users: 200,
    imagesPerUser: 1,
    imageBytes: [2_000],
    work: { kind: 'renewal' },
    arrival: { burst: 200 },
    warmUpSeconds: 0,
    seconds: 60,
  },
  'attack-mix': {
    ...STEADY,
    about: "steady viewing, and every tenth request is an attack on another user's files",
    work: { kind: 'view', mix: MIX, attackShare: 0.1 },
  },
  revocation: {
    ...STEADY,
    about:
      'sign-outs under steady viewing: from the click to the first refusal of copied cookies at the edge',
    arrival: { ratePerSecond: 100 },
    beside: { kind: 'sign-outs', people: 100, perSecond: 10 },
  },
  'key-rotation': {
    ...STEADY,
    about: 'another key begins to sign during steady viewing, and everybody renews',
    beside: { kind: 'rotation' },
  },
  're-upload': {
    ...STEADY,
    about: 'popular images are replaced under their names during steady viewing',
    imagesPerUser: 4,
    beside: { kind: 're-uploads', perSecond: 5 },
  },
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}

/** Sessions and keys exist in the local system only. */
export function needsOwnSystem({ work, beside }: Scenario): boolean {
  return ['sign-in', 'renewal'].includes(work.kind) || (beside !== undefined && beside.kind !== 're-uploads');
}

const REQUESTS_PER_UNIT = { view: 1, 'sign-in': 8, renewal: 2 };

/**
 * The most requests that a scenario can send to the distribution and the bucket; infinite for a closed loop without a
 * count.
 */
export function requestsAtMost({ arrival, work, maxUnits, beside, ...scenario }: Scenario): number {
  const seconds = scenario.warmUpSeconds + scenario.seconds;
  const byRate = 'ratePerSecond' in arrival ? arrival.ratePerSecond * seconds : Number.POSITIVE_INFINITY;
  const units = Math.min('burst' in arrival ? arrival.burst : byRate, maxUnits ?? Number.POSITIVE_INFINITY);
  const besides = beside?.kind === 're-uploads' ? beside.perSecond * seconds : 0;
  return units * REQUESTS_PER_UNIT[work.kind] + scenario.users * scenario.imagesPerUser + besides;
}
