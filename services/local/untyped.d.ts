/** The types of two packages that have none: only the parts that this project calls. */

declare module 'dynalite/db/index.js' {
  interface DynaliteTable {
    TableName: string;
    TableStatus: string;
    GlobalSecondaryIndexes?: { IndexStatus: string }[];
  }
  export interface DynaliteStore {
    db: {
      open(): Promise<void>;
      close(): Promise<void>;
      put(key: string, value: object): Promise<void>;
      del(key: string): Promise<void>;
      iterator(range: { gte: string; lt: string }): AsyncIterable<[string, DynaliteTable]>;
    };
  }
  export function getIndexActions(
    indexes: object[],
    before: undefined,
    item: object,
    table: DynaliteTable,
  ): { puts: { index: string; key: string; item: object }[] };
  export function create(options: {
    path: string;
    createTableMs: number;
    deleteTableMs: number;
  }): DynaliteStore;
}

declare module 'dynalite/validations/index.js' {
  export function checkTypes(input: unknown, types: unknown): unknown;
  export function checkValidations(data: unknown, types: unknown, custom: unknown, store: unknown): void;
}

declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  export interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export interface ProviderContext {
    body: string;
    set(headers: Record<string, string>): void;
    oidc: {
      client: { clientId: string };
      session: { accountId: string; grantIdFor(clientId: string): string | undefined };
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    Grant: {
      new (properties: { clientId: string; accountId: string }): Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    callback(): RequestListener;
    on(event: string, listener: (context: unknown, error: unknown) => void): void;
    use(
      middleware: (context: { path: string; body: object }, next: () => Promise<void>) => Promise<void>,
    ): void;
    /** Gives the parameters of the authorization request. Throws if the browser brings no interaction of ours. */
    interactionDetails(
      request: IncomingMessage,
      response: ServerResponse,
    ): Promise<{ params: Record<string, unknown> }>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string }; consent?: object },
    ): Promise<void>;
  }
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  export function createMemoryAdapter(): (model: string) => unknown;
}
