import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { readPrivate, writePrivate } from '@cloudfront-cookie-gateway/keys/state-file';
import {
  createKeyValueStore,
  type KeyValueState,
  type KeyValueStore,
} from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import type {
  ResolvedTemplate,
  Resource,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import type { S3Event } from './s3/events.ts';
import { createLocalS3 } from './s3/server.ts';
import { ACCOUNT_ID, type LocalState, REGION } from './state.ts';
import type { Credentials } from './store/credentials.ts';
import type { Reserve } from './store/reserve.ts';
import { tablesOf } from './tables.ts';

/** The template's one KeyValueStore, kept in a file of the directory. */
export function openKeyValueStore(
  directory: string,
  template: ResolvedTemplate,
  reserve: Pick<Reserve, 'spend'>,
): { logicalId: string; arn: string; store: KeyValueStore } {
  const { logicalId, ref } = template.only('AWS::CloudFront::KeyValueStore');
  const file = join(directory, 'key-value-store.json');
  const state = readPrivate(file, parseState);
  const store = createKeyValueStore({
    ...(state ? { state } : {}),
    save: (state) => reserve.spend(() => writePrivate(file, JSON.stringify(state))),
  });
  return { logicalId, arn: `arn:aws:cloudfront::${ACCOUNT_ID}:key-value-store/${ref}`, store };
}

function parseState(json: string): KeyValueState {
  const state = JSON.parse(json) as KeyValueState;
  if (typeof state?.entries !== 'object') throw new SyntaxError('no entries');
  return state;
}

/** The template's bucket, its policy and the credentials that it accepts. */
export function createS3(
  rawTemplate: unknown,
  template: ResolvedTemplate,
  state: LocalState,
  options: { onEvent: (event: S3Event) => void; reserve: Reserve },
) {
  const distribution = template.only('AWS::CloudFront::Distribution').ref;
  return createLocalS3({
    directory: join(state.directory, 's3'),
    template: rawTemplate,
    ...options,
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials: [
      { ...state.secrets.operator, principal: { kind: 'operator' } },
      {
        ...state.secrets.service,
        // The process of the service runs the schedule too.
        principal: {
          kind: 'role',
          logicalIds: [roleOf(template, 'Auth'), roleOf(template, 'Reconciler')],
        },
      },
      { ...state.mover, principal: { kind: 'role', logicalIds: [roleOf(template, 'Mover')] } },
      {
        ...state.secrets.cloudfront,
        principal: {
          kind: 'service',
          service: 'cloudfront.amazonaws.com',
          sourceArn: `arn:aws:cloudfront::${ACCOUNT_ID}:distribution/${distribution}`,
        },
      },
    ],
  });
}

/** The logical id of the role of a function: `Auth` is the service, and `Reconciler` the schedule. */
export function roleOf(template: ResolvedTemplate, name: 'Auth' | 'Reconciler' | 'Mover'): string {
  const role = template.ofType('AWS::IAM::Role').find(({ logicalId }) => logicalId.startsWith(`${name}Role`));
  if (!role) throw new Error(`the template has no role of ${name}`);
  return role.logicalId;
}

/** Makes the tables. A table that exists stays. */
export async function createTables(
  template: ResolvedTemplate,
  credentials: Credentials,
  endpoint: string,
): Promise<{ tableName: string; detailsTableName: string }> {
  const { sessions, details } = tablesOf(template);
  const client = new DynamoDBClient({ region: REGION, endpoint, credentials });
  try {
    for (const table of [sessions, details]) {
      try {
        await client.send(new CreateTableCommand(castTable(table)));
      } catch (error) {
        if (!(error instanceof ResourceInUseException)) throw error;
      }
      await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.1 }, { TableName: table.ref });
    }
  } finally {
    client.destroy();
  }
  return { tableName: sessions.ref, detailsTableName: details.ref };
}

/** These properties have the same names in CloudFormation and in the API. */
function castTable({ ref: TableName, properties }: Resource): CreateTableCommandInput {
  const { KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes } = properties;
  const table = { TableName, KeySchema, AttributeDefinitions, BillingMode, GlobalSecondaryIndexes };
  return table as CreateTableCommandInput;
}
