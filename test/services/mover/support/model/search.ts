import { type Asked, type Names, START, type Stage, shownAll, stepsOf } from './names.ts';

/** More ways than this are not followed. */
const MAX_WAYS = 5_000;

/** A request, or its answer. An operation whose outcome nobody knows has no answer. */
export type Event = { asked: Asked } | { number: number; answer: string };

/** Nobody asks again how an operation has ended. */
const DONE: Stage = ['done'];

/** One way in which all until now may have happened: what names hold, and where each open operation is. */
interface Way {
  names: Names;
  stages: ReadonlyMap<number, Stage>;
}

/** What is known of operations: those that are open, and the answers that they will get. */
interface Known {
  open: Map<number, Asked>;
  answers: ReadonlyMap<number, string>;
  /** Nobody gets another role. What asks for a role then does not wait. */
  isSteady: boolean;
  numbers: Numbers;
}

export interface Found {
  /** In words: no order is possible. */
  problem?: string;
  /** There are too many ways to look at all of them. */
  isUndecided: boolean;
}

/**
 * Looks for an order of all steps that gives every answer, and what is there at the end. Names that no operation
 * connects are looked at by themselves.
 * @param seen what is there at the end: a line of `shownAll` for each key that has something
 */
export function findOrder(events: readonly Event[], first: Names, seen: readonly string[]): Found {
  let isUndecided = false;
  for (const keys of groupsOf(events, first)) {
    const versions = Object.fromEntries(Object.entries(first.versions).filter(([key]) => keys.has(key)));
    const numbers = new Set(
      events.flatMap((event) => ('asked' in event && isIn(event.asked, keys) ? event.asked.number : [])),
    );
    const own = events.filter((event) => numbers.has('asked' in event ? event.asked.number : event.number));
    const lines = seen.filter((line) => keys.has(line.slice(0, line.indexOf(':'))));
    const found = findIn(own, { ...first, versions }, lines.join('\n'));
    if (found.problem !== undefined) return found;
    isUndecided ||= found.isUndecided;
  }
  return { isUndecided };
}

/** A change of a role is part of every group. */
function isIn({ does, from, to }: Asked, keys: ReadonlySet<string>): boolean {
  if (does === 'change a role') return true;
  const isTransfer = does === 'copy' || does === 'move';
  return [...keys].some(
    (key) => key === to || (key === from && isTransfer) || (to.endsWith('/') && key.startsWith(to)),
  );
}

/** The keys, in groups that operations connect. */
function groupsOf(events: readonly Event[], { versions }: Names): Set<string>[] {
  let groups = Object.keys(versions).map((key) => new Set([key]));
  for (const event of events) {
    if (!('asked' in event) || event.asked.does === 'change a role') continue;
    const { asked } = event;
    const [met, others] = [
      groups.filter((keys) => isIn(asked, keys)),
      groups.filter((keys) => !isIn(asked, keys)),
    ];
    groups = [...others, new Set(met.flatMap((keys) => [...keys]))];
  }
  return groups;
}

function findIn(events: readonly Event[], first: Names, seen: string): Found {
  const known: Known = {
    open: new Map(),
    answers: new Map(
      events.flatMap((event) => ('answer' in event ? [[event.number, event.answer] as const] : [])),
    ),
    isSteady: !events.some((event) => 'asked' in event && event.asked.does === 'change a role'),
    numbers: { objects: new Map(), texts: new Map() },
  };
  let ways: Way[] = [{ names: first, stages: new Map() }];
  for (const event of events) {
    if ('asked' in event) {
      const { asked } = event;
      known.open.set(asked.number, asked);
      ways = ways.flatMap(({ names, stages }) =>
        settled(asked, [START, names], known).map(([stage, after]) => ({
          names: after,
          stages: new Map(stages).set(asked.number, stage),
        })),
      );
      continue;
    }
    const { number, answer } = event;
    const next = follow(ways, known, ({ stages }) => stages.get(number) === DONE);
    if (!next) return { isUndecided: true };
    const asked = known.open.get(number);
    known.open.delete(number);
    if (next.length === 0) {
      const what = asked ? `${asked.does} ${asked.from} → ${asked.to}` : '';
      const problem = `no order allows the answer ${answer} of operation ${number} (${what}), after\n${shownWays(ways)}`;
      return { problem, isUndecided: false };
    }
    ways = unique(
      next.map(({ names, stages }) => {
        const others = new Map(stages);
        others.delete(number);
        return { names, stages: others };
      }),
      known.numbers,
    );
  }
  const last = follow(ways, known, ({ names }) => shownAll(names) === seen);
  if (!last) return { isUndecided: true };
  if (last.length > 0) return { isUndecided: false };
  return { problem: `the answers allow\n${shownWays(ways)}\nbut there is\n${seen}`, isUndecided: false };
}

function shownWays(ways: readonly Way[]): string {
  return [...new Set(ways.map(({ names }) => shownAll(names)))].slice(0, 3).join('\n  or\n');
}

/** @returns the ways that end; undefined if there are too many */
function follow(from: readonly Way[], known: Known, isEnd: (way: Way) => boolean): Way[] | undefined {
  const seen = new Set<string>();
  const ends: Way[] = [];
  const queue: Way[] = [];
  const add = (way: Way) => {
    const key = keyOf(way, known.numbers);
    if (seen.has(key)) return;
    seen.add(key);
    if (isEnd(way)) ends.push(way);
    else queue.push(way);
  };
  for (const way of from) add(way);
  for (let way = queue.pop(); way; way = queue.pop()) {
    if (seen.size > MAX_WAYS) return undefined;
    const { names, stages } = way;
    for (const [number, stage] of stages) {
      const asked = known.open.get(number);
      if (!asked || stage === DONE) continue;
      for (const step of stepsOf(asked, stage, names)) {
        for (const [next, after] of settled(asked, step, known)) {
          add({ names: after, stages: new Map(stages).set(number, next) });
        }
      }
    }
  }
  return ends;
}

/** The step itself, and what follows from it at once. None if it gives another answer than the person got. */
function settled(
  asked: Asked,
  [stage, names]: readonly [Stage, Names],
  { answers, isSteady }: Pick<Known, 'answers' | 'isSteady'>,
): (readonly [Stage, Names])[] {
  if (stage[0] === 'done') {
    const answer = answers.get(asked.number);
    return answer === undefined || answer === stage[1] ? [[DONE, names]] : [];
  }
  const waits = !isSteady || (stage !== START && stage[0] !== 'copied');
  if (waits) return [[stage, names]];
  return stepsOf(asked, stage, names).flatMap((step) => settled(asked, step, { answers, isSteady }));
}

function unique(ways: readonly Way[], numbers: Numbers): Way[] {
  return [...new Map(ways.map((way) => [keyOf(way, numbers), way])).values()];
}

/** Equal ways have equal keys. */
function keyOf({ names, stages }: Way, numbers: Numbers): string {
  let key = `${numberOf(names, numbers)}`;
  for (const [number, stage] of stages) key += `;${number} ${numberOf(stage, numbers)}`;
  return key;
}

/**
 * What names hold, and the stages, as numbers, because most of the time of a search would go to long keys. The objects
 * are known by themselves too, because most ways share them.
 */
interface Numbers {
  objects: Map<Names | Stage, number>;
  texts: Map<string, number>;
}

function numberOf(what: Names | Stage, { objects, texts }: Numbers): number {
  const known = objects.get(what);
  if (known !== undefined) return known;
  const text = 'versions' in what ? textOf(what) : what.join();
  const number = texts.get(text) ?? texts.size;
  texts.set(text, number);
  objects.set(what, number);
  return number;
}

function textOf({ versions, roles }: Names): string {
  let text = '';
  for (const key in versions) {
    text += '/';
    for (const { id, content, mark } of versions[key] ?? []) text += `${id}=${content}<${mark},`;
  }
  for (const person in roles) text += ` ${roles[person]}`;
  return text;
}
