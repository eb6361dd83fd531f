import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Outcome, Said } from './test-worker.ts';

export interface TestFileResult extends Outcome {
  file: string;
  seconds: number;
  /** The text about failures. Empty if there is none. */
  report: string;
}

export interface TestProcess {
  /** Runs one file after another, until the process is over. */
  run(file: string): Promise<TestFileResult>;
  isOver(): boolean;
  kill(): void;
  /** Kills, and waits for the end. */
  end(): Promise<unknown>;
}

/** TAP_TIMEOUT is the limit that the file asks of tap. This limit is for a file that blocks its process. */
const LAST_RESORT_MS = 1_200_000;
const WORKER = fileURLToPath(new URL('test-worker.ts', import.meta.url));

/** Starts a process for test files, in a process group of its own. */
export function startTestProcess(env: NodeJS.ProcessEnv): TestProcess {
  const child = fork(WORKER, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env, detached: true });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (errors += text));
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group has already ended.
    }
  };
  // Processes that a file started and did not stop end with it.
  child.once('exit', kill);
  // The process may end before its last message is read. The channel ends after it.
  const closed = Promise.all([once(child, 'close'), once(child, 'disconnect')]).then(([[_code, signal]]) =>
    signal === null ? '' : `ended by ${signal}\n`,
  );
  const saidOf = (file: string) =>
    new Promise<Said>((resolve) => {
      const onMessage = (said: Said) => {
        // tap sends messages too.
        if (said.file !== file) return;
        child.off('message', onMessage);
        resolve(said);
      };
      child.on('message', onMessage);
    });
  return {
    async run(file) {
      const begunMs = Date.now();
      output = '';
      errors = '';
      const limit = setTimeout(kill, LAST_RESORT_MS);
      child.send(file);
      const said = await Promise.race([saidOf(file), closed.then(() => undefined)]);
      clearTimeout(limit);
      const ending = !said || said.isLast ? await closed : '';
      const outcome: Outcome = said?.outcome ?? { passed: 0, failed: 1, skipped: [], left: [] };
      const left = outcome.left.map((what) => `left to the next file: ${what}\n`).join('');
      const failures = failuresOf(output) + left || output;
      const report = outcome.failed === 0 ? '' : `${failures}\n${errors}${ending}`;
      return { ...outcome, file, report, seconds: (Date.now() - begunMs) / 1_000 };
    },
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    kill,
    end() {
      kill();
      return closed;
    },
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
