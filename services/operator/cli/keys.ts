import { readRing, writeRing } from '../keys/records.ts';
import { addKey, confirmDeployed, describeKeys, retireKey, rotateTo } from '../keys/rotation.ts';
import { parseCommand, type Syntax, usageError } from './command-line.ts';
import { localPlace, valuesPlace } from './key-places.ts';
import { UsageError } from './usage-error.ts';

export const KEYS = {
  usage:
    'keys generate|list|rotate|retire [name] [--values file] [--deployed] [--type ec|rsa] [--name name] [--out file | --public-key file] [--cookies-only]',
  about: 'changes the signing key in steps that refuse no request: docs/deploy.md, "A new key"',
  options: {
    values: { type: 'string' },
    deployed: { type: 'boolean' },
    type: { type: 'string', default: 'ec' },
    name: { type: 'string' },
    out: { type: 'string' },
    'public-key': { type: 'string' },
    'cookies-only': { type: 'boolean' },
  },
  operands: [1, 2],
} as const satisfies Syntax;

/**
 * Changes the trusted key group, a list of which the first key signs. The steps are AWS's (DG:
 * private-content-rotating-key-pairs): add, deploy, switch, wait for the last cookie and link of the old key, remove.
 * Without `--values`, the keys are those of the local stack.
 * @returns the lines to print
 * @throws UsageError; UnsafeStepError, and then nothing is noted except what `--deployed` says
 */
export function keysCommand(args: string[], keysDirectory: string, nowMs: number): string[] {
  const { values: options, operands } = parseCommand(KEYS, args);
  const [step = '', name] = operands;
  const { type } = options;
  if (!['generate', 'list', 'rotate', 'retire'].includes(step)) throw usageError(KEYS);
  if (type !== 'ec' && type !== 'rsa') throw usageError(KEYS);
  const place = options.values === undefined ? localPlace(keysDirectory) : valuesPlace(options.values);
  const names = place.names();
  if (names.length === 0)
    throw new UsageError('there are no keys in .local/keys: run npm start or npm run build once');
  let ring = readRing(place.recordsFile, names);
  if (options.deployed) {
    if (place.cookieLifetimeSeconds === undefined) {
      throw new UsageError(
        '--deployed goes with --values: the local stack notes it by itself when it starts',
      );
    }
    ring = confirmDeployed(ring, place.cookieLifetimeSeconds, nowMs);
    writeRing(place.recordsFile, ring);
  }
  switch (step) {
    case 'generate': {
      if (name !== undefined) throw usageError(KEYS);
      // This checks for room before a key is made.
      addKey(ring, options.name ?? '', nowMs);
      const added = place.add({
        type,
        name: options.name,
        out: options.out,
        publicKeyFile: options['public-key'],
      });
      writeRing(place.recordsFile, addKey(ring, added.name, nowMs));
      return [added.name, `next: ${added.next}`];
    }
    case 'rotate': {
      const rotated = rotateTo(ring, name);
      const [signing] = rotated;
      if (!signing) throw usageError(KEYS);
      return [`${signing.name} comes first`, `next: ${place.setFirst(signing.name)}`];
    }
    case 'retire': {
      if (name === undefined) throw usageError(KEYS);
      const left = retireKey(ring, name, options['cookies-only'] !== true, nowMs);
      const next = place.remove(name);
      writeRing(place.recordsFile, left);
      return [`${name} is removed from the list`, `next: ${next}`];
    }
    default:
      return describeKeys(ring);
  }
}
