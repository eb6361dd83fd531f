import { InvocationType, InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { GatewayError } from '@cloudfront-cookie-gateway/core/errors';

/**
 * Calls a Lambda function. As an event, the call is answered before the function runs.
 * @returns what the function returns; undefined for an event
 * @throws GatewayError files_unavailable if the function does not answer, or crashes
 */
export type Invoke = (payload: object, how: 'answer' | 'event') => Promise<unknown>;

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
