import type { FastifyBaseLogger } from 'fastify';
import type { LeftOut } from '../sessions/teams-of-provider.ts';

/** Says how many values of the claim of teams gave no team. The values themselves may say something of a person. */
export function logLeftOut(log: FastifyBaseLogger, userId: string, leftOut: LeftOut | undefined): void {
  if (leftOut) log.warn({ userId, ...leftOut }, 'values of the claim of teams give no team');
}
