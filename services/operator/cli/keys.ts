import { readFileSync, writeFileSync } from 'node:fs';
import { parsePublicKey } from '@cloudfront-cookie-gateway/core/signing-key';
import {
  addKeyFile,
  generateSigningKey,
  readKeys,
  removeKey,
  type SigningKeyType,
  setCurrentKey,
} from '@cloudfront-cookie-gateway/keys/key-files';
import { localRecordsFile, readRing, writeRing } from '@cloudfront-cookie-gateway/keys/records';
import {
  addKey,
  confirmDeployed,
  describeKeys,
  retireKey,
  rotateTo,
} from '@cloudfront-cookie-gateway/keys/rotation';
import { addValues, readDeploymentValues } from '../deploy/aws/values-file.ts';
import { parseCommand, type Syntax, UsageError, usageError } from './command-line.ts';

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
  const place = options.values === undefined ? localPlace(keysDirectory) : deployedPlace(options.values);
  let ring = readRing(place.recordsFile, place.names);
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
      const added = place.add(type, options);
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

type Options = ReturnType<typeof parseCommand<typeof KEYS>>['values'];

/** A place where a trusted key group is written down: names in order, of which the first signs. */
interface KeyPlace {
  recordsFile: string;
  names: string[];
  /** @returns the name of the key that was added, and the next step for the person */
  add(type: SigningKeyType, options: Options): { name: string; next: string };
  setFirst(name: string): string;
  remove(name: string): string;
  /** In seconds, if the deployment says it. Undefined if the place confirms by itself. */
  cookieLifetimeSeconds?: number;
}

/** The local stack: `.local/keys/<key-pair-id>.pem` and `current`. */
function localPlace(directory: string): KeyPlace {
  const names = readKeys(directory).map(({ keyPairId }) => keyPairId);
  if (names.length === 0)
    throw new UsageError('there are no keys in .local/keys: run npm start or npm run build once');
  return {
    recordsFile: localRecordsFile(directory),
    names,
    add(type, options) {
      if (options.name ?? options.out ?? options['public-key']) {
        throw new UsageError('--name, --out and --public-key go with --values: a local key names itself');
      }
      return { name: addKeyFile(directory, type), next: 'restart npm start: the edge then trusts it' };
    },
    setFirst(name) {
      setCurrentKey(directory, name);
      return 'restart npm start: the auth service then signs with it';
    },
    remove(name) {
      removeKey(directory, name);
      return 'restart npm start: the edge then no longer trusts it';
    },
  };
}

/** A deployment: `publicKeys` of the values file that `npm run build` reads. */
function deployedPlace(file: string): KeyPlace {
  const { publicKeys, cookieLifetimeSeconds, signingKmsKeyArn } = readDeploymentValues(file);
  const others = (name: string) => publicKeys.filter((key) => key.name !== name);
  const deploy = `build and deploy with ${file}`;
  return {
    recordsFile: file.replace(/(\.json)?$/, '.keys.json'),
    cookieLifetimeSeconds,
    names: publicKeys.map(({ name }) => name),
    add(type, { name, out, 'public-key': publicKeyFile }) {
      if (!name || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
        throw new UsageError('--name must be letters, digits, - and _: the name of the key in CloudFront');
      }
      if (Boolean(out) === Boolean(publicKeyFile)) {
        throw new UsageError(
          'name the file for the new private key (--out), or the public key to add (--public-key)',
        );
      }
      const pem = publicKeyFile ? readPublicKey(publicKeyFile) : writeNewKey(type, out ?? '');
      addValues(file, { publicKeys: [...publicKeys, { name, pem }] });
      return { name, next: `${deploy}; then keys rotate --deployed` };
    },
    setFirst(name) {
      const place = signingKmsKeyArn === undefined ? 'secretArn' : 'signingKmsKeyArn';
      const first = publicKeys.filter((key) => key.name === name);
      addValues(file, { publicKeys: [...first, ...others(name)] });
      return `let ${place} name the private half of ${name} (docs/deploy.md), ${deploy}; then keys list --deployed`;
    },
    remove(name) {
      addValues(file, { publicKeys: others(name) });
      return `${deploy}; then delete the private half of ${name}`;
    },
  };
}

function readPublicKey(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8');
    parsePublicKey(pem);
    return pem;
  } catch (cause) {
    throw new UsageError(`--public-key: ${cause instanceof Error ? cause.message : 'cannot be read'}`, {
      cause,
    });
  }
}

/** Never overwrites another key. */
function writeNewKey(type: SigningKeyType, file: string): string {
  const { privatePem, publicPem } = generateSigningKey(type);
  try {
    writeFileSync(file, privatePem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw new UsageError(`--out: ${cause instanceof Error ? cause.message : 'cannot be written'}`, { cause });
  }
  return publicPem;
}
