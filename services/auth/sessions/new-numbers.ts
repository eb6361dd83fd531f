import { nowEpoch } from '@cloudfront-cookie-gateway/core/epoch-seconds';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Clock } from '../table/clock.ts';
import type { Stores } from '../table/stores.ts';
import { lastNumber } from '../teams/starts.ts';

/**
 * A number of team starts that nobody has had.
 * @throws GatewayError teams_full, store_unavailable
 */
export async function nextNumber(deps: {
  numbers: Pick<Stores['numbers'], 'next'>;
  clock: Clock;
}): Promise<number> {
  const number = await deps.numbers.next(lastNumber(nowEpoch(deps)));
  if (number === undefined) throw new GatewayError('teams_full');
  return number;
}
