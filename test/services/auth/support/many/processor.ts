import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Jiffies of the machine (proc(5), "cpu"), and of processes with their children. */
function jiffies(pids: number[]) {
  const [, ...all] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = all;
  const own = pids.reduce((sum, pid) => sum + ofProcess(pid), 0);
  return { busy: user + nice + system + irq + softirq + steal, own };
}

function ofProcess(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/**
 * Measures from now on: the part of the processors that other work left to these processes, and the seconds that they
 * used.
 */
export function watchProcessors(pids: number[]) {
  const [before, beganMs] = [jiffies(pids), performance.now()];
  return () => {
    const after = jiffies(pids);
    const ownSeconds = (after.own - before.own) / 100;
    const otherSeconds = (after.busy - before.busy) / 100 - ownSeconds;
    const allSeconds = ((performance.now() - beganMs) / 1_000) * availableParallelism();
    return { part: Math.min(1, Math.max(0.02, 1 - otherSeconds / allSeconds)), ownSeconds };
  };
}
