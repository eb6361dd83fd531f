import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Decision } from '@cloudfront-cookie-gateway/local-cloudfront/decision';

const KEPT = 200;

/** The last decisions of the edge, oldest first. */
export function createRecentDecisions() {
  const kept: Decision[] = [];
  return {
    add(decision: Decision): void {
      kept.push(decision);
      if (kept.length > KEPT) kept.shift();
    },
    since: (atMs: number): Decision[] => kept.filter((decision) => decision.atMs >= atMs),
  };
}

/** Runs in the process of the edge. Answers the auth service's questions over their channel. */
export function answerDecisions(child: ChildProcess, since: (atMs: number) => Decision[]): void {
  child.on('message', (raw: unknown) => {
    if (typeof raw !== 'object' || raw === null || !('decisionsSinceMs' in raw)) return;
    // A service that has ended meanwhile needs no answer.
    child.send({ decisions: since(Number(raw.decisionsSinceMs)) }, () => {});
  });
}

let lastAsked: Promise<unknown> = Promise.resolve();

/** Runs in the process of the auth service. Returns the edge's decisions since a time, in milliseconds since 1970. */
export function askForDecisions(sinceMs: number): Promise<Decision[]> {
  // One question at a time, so that each answer belongs to its question.
  const asked = lastAsked.then(async () => {
    const answer = once(process, 'message');
    process.send?.({ decisionsSinceMs: sinceMs });
    return castDecisions((await answer)[0]);
  });
  lastAsked = asked;
  return asked;
}

function castDecisions(raw: unknown): Decision[] {
  return (raw as { decisions: Decision[] }).decisions;
}
