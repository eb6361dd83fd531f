import { atOnce } from '../support/at-once.ts';
import type { Damage } from './damage.ts';
import { withLag } from './pace.ts';
import { untilAvailable } from './people.ts';
import { broken, edgeOf, untrueAfterwards, untrueNow } from './promises.ts';
import { type Answer, type Prepared, QUESTIONS, type Question } from './questions.ts';
import { STATES } from './states.ts';
import type { System } from './system.ts';

/** Sign-ins and uploads before a part breaks. No time is judged then. */
const PREPARED_AT_ONCE = 4;

/**
 * Breaks a part, asks every question at once, repairs the part, and checks whether the answers were true. If the fault
 * is a state, the answers must be true while the state lasts.
 * @returns every promise that did not hold, by the question's name, and each answer that came too late
 */
export async function drill(
  system: System,
  damage: Damage | undefined,
): Promise<{ longestMs: number; faults: string[]; late: string[] }> {
  const { part, fault } = damage ?? {};
  const prepared = await atOnce(PREPARED_AT_ONCE, QUESTIONS, async (question) => ({
    question,
    prepared: await question.prepare(system, `person-${system.people++}`, damage),
  }));
  const state = fault && (await STATES[fault]?.(system));
  const proxy = part && !state ? system.proxies[part] : undefined;
  if (fault) await proxy?.break(fault);
  const asked = await atOnce(system.pace.atOnce, prepared, async ({ question, prepared }) => {
    await prepared.untilBroken?.();
    const { result: answer, lagMs } = await withLag(system.stack.settings.ports.app, ask(prepared));
    if (!damage) system.soundMs.set(question.name, answer.milliseconds);
    const soundMs = system.soundMs.get(question.name) ?? 0;
    const bound = (ms: number) => system.pace.bound(ms, lagMs, soundMs);
    const { faults, late } = broken(question, answer, { damage, pace: system.pace, bound });
    if (edgeOf(answer.body) === 'told') faults.push(...(await untrueNow(prepared)));
    return { question, prepared, answer, faults, late };
  });
  await proxy?.heal();
  const healedMs = performance.now();
  const named = ({ question }: { question: Question }, faults: string[]) =>
    faults.map((fault) => `${question.name}: ${fault}`);
  const untrue = await atOnce(system.pace.atOnce, asked, async ({ faults, ...each }) =>
    named(each, [...faults, ...(await lookBack(system, each, healedMs))]),
  );
  const left = (await state?.untrue()) ?? [];
  await state?.end();
  return {
    longestMs: Math.max(...asked.map(({ answer }) => answer.milliseconds)),
    faults: [...untrue.flat(), ...left],
    late: asked.flatMap((each) => named(each, each.late)),
  };
}

async function ask({ ask }: Prepared): Promise<Answer> {
  const sinceMs = performance.now();
  try {
    const response = await ask();
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    const body: unknown = isJson ? JSON.parse(text) : text;
    const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : undefined;
    return {
      status: response.status,
      ...(code === undefined ? {} : { code }),
      milliseconds: performance.now() - sinceMs,
      body,
      cookies: response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf('='))),
    };
  } catch (error) {
    return {
      status: 0,
      code: String(error instanceof Error ? (error.cause ?? error) : error),
      milliseconds: performance.now() - sinceMs,
      body: undefined,
      cookies: [],
    };
  }
}

/** Asks a failed question once more, if it can be repeated. Now it must succeed, and stay done. */
async function lookBack(
  system: System,
  { question, prepared, answer }: { question: Question; prepared: Prepared; answer: Answer },
  healedMs: number,
): Promise<string[]> {
  const isDone = answer.status === question.done;
  const untrue = (await prepared.untrue?.(answer, isDone)) ?? [];
  if (isDone || prepared.isOnce)
    return [...untrue, ...(await untrueAfterwards(system, prepared, isDone, healedMs))];
  const again = await ask({ ask: () => untilAvailable(prepared.ask) });
  const refusal = `${again.status} ${again.code} when asked again`;
  if (question.name !== '/readyz' && again.status !== question.done) return [...untrue, refusal];
  return [...untrue, ...(await untrueAfterwards(system, prepared, true, performance.now()))];
}
