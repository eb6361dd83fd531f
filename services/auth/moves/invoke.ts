import { InvocationType, InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';
import type { Invoke } from './mover.ts';

export function createInvoke(client: LambdaClientConfig, FunctionName: string): Invoke {
  const lambda = new LambdaClient(client);
  return async (payload, how) => {
    const isEvent = how === 'event';
    try {
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({
          FunctionName,
          InvocationType: isEvent ? InvocationType.Event : InvocationType.RequestResponse,
          Payload: JSON.stringify(payload),
        }),
      );
      if (FunctionError !== undefined) throw new Error(`${FunctionName} failed: ${FunctionError}`);
      return isEvent ? undefined : JSON.parse(Buffer.from(Payload ?? []).toString());
    } catch (cause) {
      throw new GatewayError('files_unavailable', { cause });
    }
  };
}
