import type { FastifyReply } from 'fastify';
import type { Told } from '../revocations/edge-teller.ts';

/** Says whether the edge knows. A change that is pending is told later. */
export function answerTold(reply: FastifyReply, edge: Told): FastifyReply {
  return reply.header('gateway-edge', edge);
}
