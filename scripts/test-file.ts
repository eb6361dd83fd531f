import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';

export interface TestFileResult {
  file: string;
  seconds: number;
  passed: number;
  failed: number;
  /** The names of tests that were skipped or are still to do. */
  skipped: string[];
  /** The text about failures. Empty if there is none. */
  report: string;
}

export interface RunningTestFile {
  result: Promise<TestFileResult>;
  kill(): void;
}

/** TAP_TIMEOUT is the limit that the file asks of tap. This limit is for a file that does not even start tap. */
const LAST_RESORT_MS = 1_200_000;

/** Runs one test file in a process and a process group of its own. */
export function runTestFile(file: string, env: NodeJS.ProcessEnv): RunningTestFile {
  const begunMs = Date.now();
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  const limit = setTimeout(kill, LAST_RESORT_MS);
  const ended = once(child, 'exit').then(([code, signal]: (number | string | null)[]) => {
    clearTimeout(limit);
    // Processes that the file started and did not stop end with it.
    kill();
    return { code, ending: signal === null ? '' : `ended by ${signal}\n` };
  });
  const read = async (): Promise<TestFileResult> => {
    const [tap, errors, { code, ending }] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    const result = readTap(tap, code === 0);
    const report = result.failed === 0 ? '' : `${result.report}\n${errors}${ending}`;
    return { ...result, file, seconds: (Date.now() - begunMs) / 1_000, report };
  };
  return { result: read(), kill };
}

/** Takes the counts from tap's own totals. Failed and skipped tests are listed by name. */
export function readTap(tap: string, isStatusZero: boolean): Omit<TestFileResult, 'file' | 'seconds'> {
  const totals = [...tap.matchAll(/^# (\{ total: .* \})$/gm)].at(-1)?.[1] ?? '';
  const count = (name: string) => Number(new RegExp(`\\b${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
  const skipped = [...tap.matchAll(/^\s*(?:not )?ok \d+ (?:- )?(.* # (?:SKIP|TODO)\b.*)$/gim)];
  const isPass = isStatusZero && count('fail') === 0 && count('total') > 0;
  const failures = failuresOf(tap);
  return {
    passed: count('pass'),
    failed: isPass ? 0 : Math.max(1, count('fail')),
    skipped: Array.from({ length: count('skip') + count('todo') }, (_, index) => skipped[index]?.[1] ?? '?'),
    // The file ended before tap could report a failure.
    report: isPass || failures !== '' ? failures : tap,
  };
}

/** The lines of the failures, with all their details. */
function failuresOf(tap: string): string {
  let isDiagnosis = false;
  let wasFailure = false;
  const lines = tap.split('\n').filter((line) => {
    const isFailure = /^\s*not ok (?!.*# (?:SKIP|TODO)\b)/i.test(line);
    const isBegin = wasFailure && /^\s+---$/.test(line);
    const isShown = isFailure || isDiagnosis || isBegin;
    if (isBegin) isDiagnosis = true;
    else if (/^\s+\.\.\.$/.test(line)) isDiagnosis = false;
    wasFailure = isFailure;
    return isShown;
  });
  return lines.join('\n');
}
