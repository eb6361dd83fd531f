import { existsSync } from 'node:fs';

/** For `skip`: the programs of Debian that this machine lacks, in words, or false if all are there. */
export function missing(...programs: string[]): string | false {
  const lacking = programs.filter((program) => !existsSync(program));
  return lacking.length > 0 ? `this machine lacks ${lacking.join(', ')}` : false;
}
