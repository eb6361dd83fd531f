import { readFileSync, writeFileSync } from 'node:fs';
import { parsePublicKey } from '@cloudfront-cookie-gateway/core/signing-key';
import type { PublicKeyValue } from '@cloudfront-cookie-gateway/infra/public-keys';
import { parseStackValues } from '@cloudfront-cookie-gateway/infra/values';
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

/** A place where a trusted key group is written down: names in order, of which the first signs. */
export interface KeyPlace {
  recordsFile: string;
  names(): string[];
  /** @returns the name of the key that was added, and the next step for the person */
  add(key: NewKey): { name: string; next: string };
  setFirst(name: string): string;
  remove(name: string): string;
  /** In seconds, if the deployment says it. Undefined if the place confirms by itself. */
  cookieLifetimeSeconds?: number;
}

export interface NewKey {
  type: SigningKeyType;
  name?: string | undefined;
  /** The file for the new private key. */
  out?: string | undefined;
  /** A PEM file of a public key. Its private half is elsewhere, such as in AWS KMS. */
  publicKeyFile?: string | undefined;
}

/** The local stack: `.local/keys/<key-pair-id>.pem` and `current`. */
function localPlace(directory: string): KeyPlace {
  return {
    recordsFile: localRecordsFile(directory),
    names: () => readKeys(directory).map(({ keyPairId }) => keyPairId),
    add({ type, name, out, publicKeyFile }) {
      if (name ?? out ?? publicKeyFile) {
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

/**
 * A deployment: `publicKeys` of the values file that `npm run build` reads.
 * @throws UsageError if the file cannot be read as a values file
 */
function valuesPlace(file: string): KeyPlace {
  const { raw, values } = readValues(file);
  const write = (publicKeys: PublicKeyValue[]) =>
    writeFileSync(file, `${JSON.stringify({ ...raw, publicKeys }, null, 2)}\n`);
  const keyOf = (name: string) => values.publicKeys.filter((key) => key.name === name);
  const deploy = `build and deploy with ${file}`;
  const place = values.signingKmsKeyArn === undefined ? 'secretArn' : 'signingKmsKeyArn';
  return {
    recordsFile: file.replace(/(\.json)?$/, '.keys.json'),
    cookieLifetimeSeconds: values.cookieLifetimeSeconds,
    names: () => values.publicKeys.map(({ name }) => name),
    add({ type, name, out, publicKeyFile }) {
      if (!name || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) {
        throw new UsageError('--name must be letters, digits, - and _: the name of the key in CloudFront');
      }
      if (Boolean(out) === Boolean(publicKeyFile)) {
        throw new UsageError(
          'name the file for the new private key (--out), or the public key to add (--public-key)',
        );
      }
      const pem = publicKeyFile ? readPublicKey(publicKeyFile) : writeNewKey(type, out ?? '');
      write([...values.publicKeys, { name, pem }]);
      return { name, next: `${deploy}; then keys rotate --deployed` };
    },
    setFirst(name) {
      write([...keyOf(name), ...values.publicKeys.filter((key) => key.name !== name)]);
      return `let ${place} name the private half of ${name} (docs/deploy.md), ${deploy}; then keys list --deployed`;
    },
    remove(name) {
      write(values.publicKeys.filter((key) => key.name !== name));
      return `${deploy}; then delete the private half of ${name}`;
    },
  };
}

function readValues(file: string) {
  try {
    const raw: object = JSON.parse(readFileSync(file, 'utf8'));
    return { raw, values: parseStackValues(raw) };
  } catch (cause) {
    throw new UsageError(`${file}: ${cause instanceof Error ? cause.message : 'cannot be read'}`, { cause });
  }
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
