import { join } from 'node:path';
import type { Template } from '@cloudfront-cookie-gateway/infra/synth';
import type { StackValues } from '@cloudfront-cookie-gateway/infra/values';
import { confirmLocalKeys } from '@cloudfront-cookie-gateway/keys/records';
import { createLocalCloudFront } from '@cloudfront-cookie-gateway/local-cloudfront';
import type { KeyValueStore } from '@cloudfront-cookie-gateway/local-cloudfront/functions/key-value-store';
import {
  type ResolvedTemplate,
  readTemplate,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { forwardLines, startAuthService } from './auth-process.ts';
import { createBucketEvents } from './bucket-events.ts';
import { addDemonstration } from './demo/build.ts';
import { createLocalDynamoDb } from './dynamodb.ts';
import { startHttpsFronts } from './fronts.ts';
import { createIdentityProvider } from './identity-provider.ts';
import { createKeyValueStoreApi } from './key-value-store/server.ts';
import { createMoverFunction } from './lambda/mover-thread.ts';
import { createLambdaApi } from './lambda/server.ts';
import { openLogFile } from './log-file.ts';
import { writeRunning } from './running.ts';
import { withScan } from './scanner.ts';
import { checkPorts, type LocalSettings, type Ports } from './settings.ts';
import { buildLocalStack, localStackValues } from './stack-template.ts';
import {
  ACCOUNT_ID,
  BUCKET,
  type LocalState,
  MOVER_FUNCTION,
  OIDC_CLIENT_ID,
  openLocalState,
  REGION,
  writeOperatorCredentials,
} from './state.ts';
import type { Credentials } from './store/credentials.ts';
import type { LocalServer } from './store/http.ts';
import { createReserve, type Reserve } from './store/reserve.ts';
import { createS3, createTables, openKeyValueStore } from './stores.ts';

export interface LocalStack {
  settings: LocalSettings;
  state: LocalState;
  keyValueStore: KeyValueStore;
  close(): Promise<void>;
}

export interface LocalStackOptions {
  settings: LocalSettings;
  /** Where everything is kept, such as `.local`. */
  directory: string;
  /** A real S3 in place of the local one. The edge and the service both use its credentials. */
  externalS3?: Credentials & { endpoint: string };
  /** The ports on which parts listen that have something in front of them. Other parts use the usual ports. */
  behind?: Partial<Ports>;
  /** The file that runs as the auth service, in place of the usual one. */
  authEntry?: string;
  /** The auth service with the demonstration as one file, for tests that start it often. */
  demonstration?: string;
  onLogLine?: (line: string) => void;
  /** Replaces `buildLocalStack`, for tests that keep the result of a build. */
  build?: (values: StackValues, directory: string) => Template | Promise<Template>;
  /** Called if the auth service ends by itself. `how` says in words how it ended. */
  onCrash?: (how: string) => void;
}

/**
 * Starts the whole system on this machine: identity provider, DynamoDB, S3, KeyValueStore, local CloudFront, auth
 * service.
 * @throws LocalSettingsError that names every port that is taken
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { settings, directory } = options;
  const { ports } = settings;
  await checkPorts({ ...ports, ...options.behind }, settings.provider !== undefined);
  const state = openLocalState(directory);
  const fronts = settings.https ? await startHttpsFronts(directory, ports) : undefined;
  const listening = { ...ports, ...fronts?.behind, ...options.behind };
  const buildDirectory = join(directory, 'build');
  const build = options.build ?? buildLocalStack;
  const built = await build(localStackValues(settings, state.keys), buildDirectory);
  const rawTemplate = settings.isScanned ? withScan(built) : built;
  const demoDirectory = join(buildDirectory, 'web');
  if (!settings.provider) addDemonstration(demoDirectory);
  const template = readTemplate(rawTemplate, { region: REGION, accountId: ACCOUNT_ID });
  const reserve = createReserve(join(directory, 'reserve'));
  const keyValueStore = openKeyValueStore(directory, template, reserve);
  const started: Pick<LocalServer, 'close'>[] = fronts ? [fronts] : [];
  const closeAll = async () => {
    // The service started last, and closes first: it may still have calls to the other parts under way.
    await started.pop()?.close();
    // What it has begun to scan is scanned while there is an S3.
    await parts.events?.close();
    await Promise.all(started.map((part) => part.close()));
  };
  const start = async (part: LocalServer, name: keyof Ports) => {
    await part.listen(listening[name], ports[name]);
    started.push(part);
  };
  const shared = { options, state, rawTemplate, template, listening, start };
  const parts: Parts = { ...shared, keyValueStore, reserve };

  try {
    if (!settings.provider) await start(createProvider(settings, state), 'identityProvider');
    const stores = await startStores(parts);
    const [trace, log] = [openLogFile(join(directory, 'edge.log')), openLogFile(join(directory, 'auth.log'))];
    started.push(trace, log);
    const onLogLine = (line: string) => {
      log.write(line);
      options.onLogLine?.(line);
    };
    await start(createEdge(parts, trace), 'edge');
    const mover = await startMover(parts, stores, onLogLine);
    started.push(mover);
    const service = await startAuthService({
      stores: { ...stores.names, ...stores.ofService, AWS_ENDPOINT_URL_LAMBDA: mover.endpoint },
      entry: options.authEntry,
      demonstration: options.demonstration,
      settings,
      ports: listening,
      authorityFile: fronts?.authorityFile,
      state,
      demoDirectory,
      onCrash: options.onCrash ?? (() => {}),
      onLogLine,
    });
    started.push(service);
  } catch (error) {
    await closeAll();
    throw error;
  }
  // The operator's commands read where the stack is, and which keys it runs with.
  writeRunning(directory, settings);
  const names = state.keys.map(({ keyPairId }) => keyPairId);
  confirmLocalKeys(join(directory, 'keys'), names, settings.cookieLifetimeSeconds, Date.now());
  return { settings, state, keyValueStore: keyValueStore.store, close: closeAll };
}

/** What the parts of one stack share. */
interface Parts {
  options: LocalStackOptions;
  state: LocalState;
  rawTemplate: Template;
  template: ResolvedTemplate;
  keyValueStore: ReturnType<typeof openKeyValueStore>;
  reserve: Reserve;
  listening: Ports;
  /** Once the stores have started. */
  events?: ReturnType<typeof createBucketEvents>;
  start(part: LocalServer, name: keyof Ports): Promise<void>;
}

/** Starts DynamoDB, S3 and the KeyValueStore. Returns the settings by which the programs find them. */
async function startStores(parts: Parts) {
  const { options, state, rawTemplate, template, keyValueStore, reserve, listening, start } = parts;
  const { externalS3, settings, directory } = options;
  const { ports } = settings;
  const { accessKeyId, secretAccessKey } = externalS3 ?? state.secrets.service;
  const credentials = { accessKeyId, secretAccessKey };
  const ofPrograms = [credentials, state.mover];
  const dynamoDb = { directory: join(directory, 'dynamodb'), region: REGION, credentials: ofPrograms };
  await start(createLocalDynamoDb({ ...dynamoDb, reserve }), 'dynamodb');
  const dynamoDbUrl = `http://localhost:${ports.dynamodb}`;
  const tables = await createTables(template, credentials, dynamoDbUrl);
  const s3 = externalS3?.endpoint ?? `http${settings.https ? 's' : ''}://localhost:${ports.s3}`;
  if (!externalS3) {
    const places = {
      ...{ s3: `http://localhost:${listening.s3}`, dynamodb: dynamoDbUrl },
      ...{ detailsTableName: tables.detailsTableName, credentials },
    };
    const onError = (what: string, error: unknown) => options.onLogLine?.(`${what}: ${String(error)}`);
    parts.events = createBucketEvents(settings, state, places, onError);
    const { onEvent } = parts.events;
    await start(createS3(rawTemplate, template, state, { onEvent, reserve }), 's3');
    writeOperatorCredentials(state, 's3.json', { endpoint: s3 });
  }
  const { arn, store } = keyValueStore;
  const api = { stores: { [arn]: store }, credentials: [state.secrets.operator, ...ofPrograms] };
  await start(createKeyValueStoreApi(api), 'cloudFrontApi');
  const endpoint = `http://localhost:${ports.cloudFrontApi}`;
  writeOperatorCredentials(state, 'kvs.json', { endpoint, keyValueStoreArn: arn });
  return {
    credentials,
    names: {
      ...{ TABLE_NAME: tables.tableName, DETAILS_TABLE_NAME: tables.detailsTableName, BUCKET_NAME: BUCKET },
      ...{ KEY_VALUE_STORE_ARN: arn, KEY_VALUE_STORE_ENDPOINT: endpoint },
      ...{ AWS_REGION: REGION, AWS_ENDPOINT_URL_DYNAMODB: dynamoDbUrl },
      KEEP_DELETED_DAYS: String(settings.keepDeletedDays),
    },
    ofService: programSettings(credentials, s3),
  };
}

/** Who a program is to the stores, and where its S3 is. */
function programSettings({ accessKeyId, secretAccessKey }: Credentials, s3: string) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3,
  };
}

/**
 * Starts what takes the calls of the mover. The mover itself starts at the first call.
 * @returns where it is called
 */
async function startMover(
  { options, state, listening }: Parts,
  { names, ofService, credentials }: Awaited<ReturnType<typeof startStores>>,
  onLogLine: (line: string) => void,
): Promise<Pick<LocalServer, 'close'> & { endpoint: string }> {
  const { externalS3, settings } = options;
  const { MAX_USER_BYTES = '', MAX_TEAM_BYTES = '' } = settings.passedOn;
  const s3 = settings.https ? `http://localhost:${listening.s3}` : ofService.AWS_ENDPOINT_URL_S3;
  const env = {
    ...{ ...names, MAX_USER_BYTES, MAX_TEAM_BYTES },
    ...programSettings(externalS3 ?? state.mover, s3),
  };
  const mover = createMoverFunction(env, {
    onOutput: (stream) => forwardLines([stream], onLogLine),
    onCrash: (error) => onLogLine(`the mover: ${String(error)}`),
  });
  const functions = { [MOVER_FUNCTION]: mover.invoke };
  const api = createLambdaApi({ functions, region: REGION, credentials: [credentials] });
  const { port } = await api.listen(0);
  return {
    endpoint: `http://localhost:${port}`,
    async close() {
      await Promise.all([api.close(), mover.close()]);
    },
  };
}

/** @param trace gets each request, its result and the reason; they hold no secrets */
function createEdge(
  { options, state, rawTemplate, keyValueStore, listening }: Parts,
  trace: ReturnType<typeof openLogFile>,
) {
  const { settings, externalS3 } = options;
  const s3 = externalS3 ?? { endpoint: `http://localhost:${listening.s3}`, ...state.secrets.cloudfront };
  return createLocalCloudFront({
    onDecision: (decision) => trace.write(JSON.stringify(decision)),
    explain: ({ step, clause }) => `${step}: ${clause}`,
    template: rawTemplate,
    assumptions: settings.assumptions,
    bindings: {
      origin: settings.filesOrigin,
      origins: { [`${BUCKET}.s3.${REGION}.amazonaws.com`]: { bucket: BUCKET, ...s3 } },
      keyPairIds: Object.fromEntries(state.keys.map(({ keyPairId }) => [keyPairId, keyPairId])),
      region: REGION,
      accountId: ACCOUNT_ID,
      httpCountsAsHttps: true,
      keyValueStores: { [keyValueStore.logicalId]: keyValueStore.store.reader },
    },
  });
}

function createProvider(settings: LocalSettings, { secrets }: LocalState) {
  return createIdentityProvider({
    issuer: `http://localhost:${settings.ports.identityProvider}`,
    clientId: OIDC_CLIENT_ID,
    clientSecret: secrets.oidcClientSecret,
    // The service refuses its own id among these.
    nativeClientIds: settings.nativeClientIds.filter((id) => id !== OIDC_CLIENT_ID),
    redirectUris: [`${settings.appOrigin}/auth/callback`],
    postLogoutRedirectUris: [`${settings.appOrigin}/auth/signed-out`],
    // The provider calls this machine only. For another name it cannot know what stands in front of the service.
    ...(new URL(settings.appOrigin).hostname === 'localhost'
      ? { backchannelLogoutUri: `${settings.appOrigin}/auth/backchannel-logout` }
      : {}),
    jwks: secrets.identityProviderKeys,
    cookieKeys: [secrets.identityProviderCookieKey],
  });
}
