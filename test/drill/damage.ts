/** The parts that can break, by the name of their port: their name in `/readyz`, and their name for people. */
export const PARTS = {
  dynamodb: { check: 'sessions', title: 'DynamoDB' },
  s3: { check: 'files', title: 'S3' },
  cloudFrontApi: { check: 'revocations', title: 'KeyValueStore' },
  identityProvider: { check: 'identityProvider', title: 'identity provider' },
} as const;

export type Part = keyof typeof PARTS;

export const PART_NAMES: readonly Part[] = ['dynamodb', 's3', 'cloudFrontApi', 'identityProvider'];

/** The ways in which each part can be broken. */
const OF_EACH_PART = {
  refused: 'nobody listens',
  hanging: 'requests are read, and never answered',
  slow: '1.5 s pass before each request gets there',
  cut: 'the connection ends as soon as a request has come; nothing is done',
  lost: 'the request is done, and the connection ends before the answer',
  error: 'each request is answered by 500',
  nonsense: 'each request is answered by 200 and a web page',
} as const;

const OF_ONE_PART = {
  empty: 'each update is answered by 200 and `{}`; nothing is done',
  full: 'the store is full to its last byte; 50 sign-outs wait, and 60 entries have expired',
  unreadable:
    'two records that are due cannot be read: one has the format of a newer deployment, one is broken JSON',
} as const;

/** All faults, in words. */
export const FAULTS = { ...OF_EACH_PART, ...OF_ONE_PART };

export type Fault = keyof typeof FAULTS;

/** The broken part, and the fault. */
export interface Damage {
  part: Part;
  fault: Fault;
}

/** Records are tried again after a pause that grows, so those that cannot be read come last. */
const ONLY: readonly Damage[] = [
  { part: 'cloudFrontApi', fault: 'empty' },
  { part: 'cloudFrontApi', fault: 'full' },
  { part: 'dynamodb', fault: 'unreadable' },
];

function ofEachPart(): Fault[] {
  const isOfEach = (name: string): name is keyof typeof OF_EACH_PART => name in OF_EACH_PART;
  return Object.keys(OF_EACH_PART).filter(isOfEach);
}

/** The faults of one part. */
export function faultsOf(part: Part): Fault[] {
  return [...ofEachPart(), ...ONLY.filter((only) => only.part === part).map(({ fault }) => fault)];
}

/** Every fault of every part. Before them, nothing is broken. */
export const DAMAGES: readonly (Damage | undefined)[] = [
  undefined,
  ...PART_NAMES.flatMap((part) => ofEachPart().map((fault) => ({ part, fault }))),
  ...ONLY,
];

export function titleOf(damage: Damage | undefined): string {
  return damage ? `${PARTS[damage.part].title} ${damage.fault}` : 'nothing broken';
}
