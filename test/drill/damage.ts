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
  unreadable:
    'two records that are due cannot be read: one has the format of a newer deployment, one is broken JSON',
  empty: 'each update is answered by 200 and `{}`; nothing is done',
  full: 'the store is full to its last byte; 50 sign-outs wait, and 60 entries have expired',
} as const;

const ONLY: Record<keyof typeof OF_ONE_PART, Part> = {
  unreadable: 'dynamodb',
  empty: 'cloudFrontApi',
  full: 'cloudFrontApi',
};

/** All faults, in words. */
export const FAULTS = { ...OF_EACH_PART, ...OF_ONE_PART };

export type Fault = keyof typeof FAULTS;

/** The broken part, and the fault. */
export interface Damage {
  part: Part;
  fault: Fault;
}

/** The faults of one part. */
export function faultsOf(part: Part): Fault[] {
  const only: Partial<Record<Fault, Part>> = ONLY;
  const isOfPart = (name: string): name is Fault =>
    name in OF_EACH_PART || Object.entries(only).some(([fault, its]) => fault === name && its === part);
  return Object.keys(FAULTS).filter(isOfPart);
}

/** Every fault of every part. Before them, nothing is broken. */
export const DAMAGES: readonly (Damage | undefined)[] = [
  undefined,
  ...PART_NAMES.flatMap((part) => faultsOf(part).map((fault) => ({ part, fault }))),
];

export function titleOf(damage: Damage | undefined): string {
  return damage ? `${PARTS[damage.part].title} ${damage.fault}` : 'nothing broken';
}
