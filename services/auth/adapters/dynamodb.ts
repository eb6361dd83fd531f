import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/errors.ts';

/** Whether the condition of a write held. */
export async function conditional(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return false;
    throw new GatewayError('store_unavailable', { cause });
  }
}

export async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new GatewayError('store_unavailable', { cause });
  }
}
