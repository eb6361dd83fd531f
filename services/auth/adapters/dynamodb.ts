import {
  type AttributeValue,
  ConditionalCheckFailedException,
  ProvisionedThroughputExceededException,
  ThrottlingException,
} from '@aws-sdk/client-dynamodb';
import { GatewayError } from '../domain/errors.ts';

/** The sparse index of what is to be done: its one partition key is the kind of work, its sort key since when. */
export const DUE_INDEX = { name: 'due', partitionKey: 'due', sortKey: 'dueAt' };

export function text(value: string): AttributeValue.SMember {
  return { S: value };
}

export function number(value: number): AttributeValue.NMember {
  return { N: String(value) };
}

/** Whether the condition of a write held. */
export async function conditional(write: Promise<object>): Promise<boolean> {
  return (await ifHeld(write)) !== undefined;
}

/** The answer of a write; undefined where its condition did not hold. */
export async function ifHeld<T extends object>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (cause) {
    if (cause instanceof ConditionalCheckFailedException) return undefined;
    throw new GatewayError('store_unavailable', { cause });
  }
}

/** Whether an item is asked for more than it takes in a second; the SDK has tried again by then. */
export function isThrottled(error: unknown): boolean {
  return error instanceof ProvisionedThroughputExceededException || error instanceof ThrottlingException;
}

export async function guarded<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw new GatewayError('store_unavailable', { cause });
  }
}
