import fc from 'fast-check';

/** One request of a person, before it is known what there is. */
export interface Operation {
  does: Kind;
  /** Milliseconds since the operation before it began. */
  afterMs: number;
  process: number;
  /** Ann manages the team, Ben edits it. */
  person: number;
  /** Folders: one's own, the team's, and the other person's. Names: few, so that they meet. */
  from: { folder: number; name: number };
  to: { folder: number; name: number };
  replace: boolean;
  /** The content goes in parts. */
  isLarge: boolean;
  /** Which version, which role. */
  which: number;
}

export const KINDS = [
  'upload',
  'copy',
  'move',
  'delete',
  'restore',
  'delete for ever',
  'empty the trash',
  'list',
  'list versions',
  'change a role',
  'the same again',
] as const;
export type Kind = (typeof KINDS)[number];

const WEIGHTS: Record<Kind, number> = {
  upload: 5,
  copy: 3,
  move: 10,
  delete: 3,
  restore: 4,
  'delete for ever': 2,
  'empty the trash': 2,
  list: 2,
  'list versions': 1,
  'change a role': 2,
  'the same again': 5,
};
/** What needs a bucket that keeps versions. */
const OF_VERSIONS: readonly string[] = ['restore', 'delete for ever', 'empty the trash', 'list versions'];

/** Everything that decides a run. */
export interface Plan {
  operations: Operation[];
  seed: number;
  isVersioned: boolean;
  faultRate: number;
  slowRate: number;
}

const place = fc.record({
  folder: fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constant(2) },
  ),
  name: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(2) }),
});

function operationOf(kinds: readonly Kind[]): fc.Arbitrary<Operation> {
  return fc.record({
    does: fc.oneof(...kinds.map((kind) => ({ weight: WEIGHTS[kind], arbitrary: fc.constant(kind) }))),
    afterMs: fc.oneof({ weight: 3, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: fc.nat(1_000) }),
    process: fc.nat(1),
    person: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    ...{ from: place, to: place, replace: fc.boolean() },
    isLarge: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    which: fc.nat(7),
  });
}

function planOf(isVersioned: boolean): fc.Arbitrary<Plan> {
  const kinds = KINDS.filter((kind) => isVersioned || !OF_VERSIONS.includes(kind));
  return fc.record({
    operations: fc.array(operationOf(kinds), { minLength: 5, maxLength: 10, size: 'max' }),
    seed: fc.nat(),
    isVersioned: fc.constant(isVersioned),
    faultRate: fc.constantFrom(0, 0, 0.02, 0.06),
    slowRate: fc.constantFrom(0, 0.1),
  });
}

/** Moves of a few names over each other: opposite ones, rings, and a replacing upload in between. */
const crossingPlans: fc.Arbitrary<Plan> = fc
  .tuple(
    planOf(true),
    fc.array(fc.record({ from: fc.nat(2), to: fc.nat(2), isUpload: fc.nat(5).map((n) => n === 0) }), {
      minLength: 2,
      maxLength: 4,
    }),
  )
  .map(([plan, crossing]) => ({
    ...plan,
    operations: plan.operations.slice(0, crossing.length).map((operation, index): Operation => {
      const { from = 0, to = 1, isUpload = false } = crossing[index] ?? {};
      const [source, target] = [from, to].map((name) => ({ folder: 1, name }));
      const does = isUpload ? 'upload' : 'move';
      const places = { from: source ?? operation.from, to: target ?? operation.to };
      return { ...operation, ...places, does, person: 0, replace: true, afterMs: operation.afterMs % 40 };
    }),
  }));

/** Most buckets keep versions. */
export const namePlans: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 3, arbitrary: planOf(true) },
  { weight: 2, arbitrary: crossingPlans },
  { weight: 1, arbitrary: planOf(false) },
);

/** What is asked. A person who waits asks the same again, perhaps of another process. */
export function askedOf({ operations }: Plan): Operation[] {
  const asked: Operation[] = [];
  for (const { afterMs, process, ...operation } of operations) {
    const before = asked.at(-1);
    if (operation.does !== 'the same again') asked.push({ ...operation, afterMs, process });
    else if (before) asked.push({ ...before, afterMs, process });
  }
  return asked;
}
