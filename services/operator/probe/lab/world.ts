import type { Signer } from '../../../../core/signed-policy.ts';
import { type Answer, type AskOptions, createAsker, inWords } from '../asker.ts';
import { type Kind, type Pair, secondsFromNow, shown, signPolicy } from '../credentials.ts';
import type { KeyValuePlace } from '../key-values.ts';
import { type LabKeyPairs, type LabStand, labSigner } from './stand.ts';
import { OBJECT } from './template.ts';

export interface LabWorld {
  origin: string;
  signers: { ec: Signer; ecSha1: Signer; rsa: Signer; rsaSha256: Signer };
  keyValues: KeyValuePlace;
  figure(name: string, text: string): void;
  ask(target: string, options?: AskOptions): Promise<Answer>;
  /** Signs for every resource, unless one is named. */
  sign(options?: { resource?: string; condition?: object; signer?: Signer }): Promise<Pair[]>;
  /** The event that the viewer-request function saw; undefined if the function did not run. */
  event(target: string, pairs: readonly Pair[], kind: Kind, headers?: object): Promise<LabEvent | undefined>;
  /** Asks for the object: `opens`, or the refusal in words. */
  open(target: string, pairs: readonly Pair[], kind?: Kind): Promise<string>;
  /** The same request, with its whole answer. */
  object(target: string, pairs: readonly Pair[], kind?: Kind, wanted?: string): Promise<Answer>;
  wait(milliseconds: number): Promise<void>;
}

export interface LabEvent {
  request: {
    uri: string;
    querystring: Record<string, unknown>;
    cookies: Record<string, { value: string; multiValue?: unknown[] }>;
  };
  raw?: string;
  /** The KeyValueStore's value for the key in the request. */
  value?: string;
}

export function dates(): object {
  return { DateLessThan: { 'AWS:EpochTime': secondsFromNow(900) } };
}

/** @param signal ends the requests that are under way */
export function createLabWorld(
  stand: LabStand,
  keys: LabKeyPairs,
  { figure, signal }: { figure: LabWorld['figure']; signal: AbortSignal },
): LabWorld & { close(): void } {
  const { origin, keyPairIds, keyValues } = stand;
  const asker = createAsker(origin, signal, stand.at);
  const signers = {
    ec: labSigner(keys.ec, keyPairIds.ec, 'SHA256'),
    ecSha1: labSigner(keys.ec, keyPairIds.ec, 'SHA1'),
    rsa: labSigner(keys.rsa, keyPairIds.rsa, 'SHA1'),
    rsaSha256: labSigner(keys.rsa, keyPairIds.rsa, 'SHA256'),
  };
  const show = (target: string, pairs: readonly Pair[], kind: Kind, headers: object) => {
    const request = shown(target, pairs, kind);
    return asker.ask(request.target, { headers: { ...headers, ...request.headers } });
  };
  const world = {
    ...{ origin, signers, keyValues, figure },
    ask: asker.ask,
    close: asker.close,
    sign(options: { resource?: string; condition?: object; signer?: Signer } = {}) {
      const { resource = `${origin}/*`, condition = dates(), signer = signers.ec } = options;
      return signPolicy(signer, resource, condition);
    },
    async event(target: string, pairs: readonly Pair[], kind: Kind, headers = {}) {
      const { status, body } = await show(target, pairs, kind, headers);
      return status === 200 ? parseEvent(body.toString()) : undefined;
    },
    object: (target: string, pairs: readonly Pair[], kind: Kind = 'cookies', wanted = 'object') =>
      show(target, pairs, kind, { 'x-lab': wanted }),
    async open(target: string, pairs: readonly Pair[], kind: Kind = 'cookies') {
      const answer = await world.object(target, pairs, kind);
      return answer.body.toString() === OBJECT.content ? 'opens' : inWords(answer);
    },
    wait: (milliseconds: number) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, milliseconds);
        const stop = () => {
          clearTimeout(timer);
          reject(signal.reason);
        };
        signal.addEventListener('abort', stop, { once: true });
      }),
  };
  return world;
}

/** The shape that the lab's function writes. */
function parseEvent(json: string): LabEvent {
  return JSON.parse(json) as LabEvent;
}
