import type { WriteStream } from 'node:tty';
import type { Recorder } from './recorder.ts';

const EVERY_MS = 1_000;
/** Without a terminal, a line comes less often. */
const EVERY_TURNS_WITHOUT_TERMINAL = 10;

/** Shows the progress of a run: on a terminal in one line that changes, elsewhere in lines. */
export function showProgress(
  stream: Pick<WriteStream, 'write'> & { isTTY?: boolean },
  name: string,
  recorder: Recorder,
): { stop(): void } {
  let turns = 0;
  let before = 0;
  const timer = setInterval(() => {
    turns++;
    const all = recorder.allRequests();
    const faults = Object.values(recorder.faults()).reduce((sum, count) => sum + count, 0);
    const text = `${name}: ${turns} s, ${all} requests, ${all - before} in the last second, ${faults} faults`;
    before = all;
    if (stream.isTTY) stream.write(`\r\x1b[K${text}`);
    else if (turns % EVERY_TURNS_WITHOUT_TERMINAL === 0) stream.write(`${text}\n`);
  }, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      if (stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
