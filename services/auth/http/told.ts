import type { FastifyReply } from 'fastify';
import type { Told } from '../revocations/edge-teller.ts';

/**
 * Says whether the edge knows, and how long that took (`Server-Timing`, in milliseconds from the request on). A change
 * that is pending is told later.
 */
export function answerTold(reply: FastifyReply, edge: Told): void {
  if (edge === 'told') reply.header('server-timing', `edge;dur=${Math.round(reply.elapsedTime)}`);
  reply.header('gateway-edge', edge);
}
