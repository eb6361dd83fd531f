import type { Signer } from '../../../core/signed-policy.ts';
import type { ClockGuard } from './clock-guard.ts';
import type { UploadStore } from './file-ports.ts';
import type { EdgeStore, LeaseStore, OnceStore, PointerStore, TokenStore, UserStore } from './ports.ts';

interface GuardedStores {
  users: UserStore;
  pointers: PointerStore;
  tokens: TokenStore;
  lease: LeaseStore;
  edge: EdgeStore;
  once?: OnceStore;
  uploads?: UploadStore;
}

/**
 * Stores into which a process with a wrong clock writes no time. Such a write throws GatewayError clock_wrong. Reads go
 * on. So does what names no time of this process: a deletion, the giving back of the lease, and the mark of a logout by
 * the provider. The mark stays due, and a process with a right clock finishes the logout.
 */
export function guardedStores<S extends GuardedStores>(stores: S, guard: Pick<ClockGuard, 'check'>): S {
  const { users, pointers, tokens, lease, edge, once, uploads } = stores;
  const by = guardedBy(guard);
  return {
    ...stores,
    users: { ...users, write: by(users.write) },
    pointers: { ...pointers, join: by(pointers.join), settle: by(pointers.settle) },
    tokens: {
      ...tokens,
      put: by(tokens.put),
      turnIntoTicket: by(tokens.turnIntoTicket),
      // This deletes the ticket, and then judges by the clock whether the ticket was still good.
      take: by(tokens.take),
    },
    lease: {
      ...lease,
      swap: (expected, next) => (next === undefined ? lease.swap : by(lease.swap))(expected, next),
    },
    edge: { ...edge, write: by(edge.write) },
    ...(once && { once: { ...once, useOnce: by(once.useOnce) } }),
    ...(uploads && { uploads: { ...uploads, create: by(uploads.create) } }),
  };
}

/** A signer that signs nothing while the clock is wrong. It throws GatewayError clock_wrong then. */
export function guardedSigner(signer: Signer, guard: Pick<ClockGuard, 'check'>): Signer {
  return { ...signer, sign: guardedBy(guard)(signer.sign) };
}

/** Puts the check before a method. */
export function guardedBy(guard: Pick<ClockGuard, 'check'>) {
  return <Given extends unknown[], Answer>(method: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      guard.check();
      return method(...given);
    };
}
