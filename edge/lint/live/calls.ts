/** Options of every client: each call ends, and calls that only read are tried again. */
export const CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
};

/** The resources of a template, collected while they are read. */
export interface Parts {
  resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  /** The parts of the distribution that could not be read, with the missing permission. */
  unread: Set<string>;
  /** The same of its buckets. */
  unreadBuckets: Set<string>;
  add(type: string, logicalId: string, properties: Record<string, unknown>): void;
  /**
   * Reads a resource once. If this is not allowed, it reports the missing permission. Without an id there is no call.
   */
  read(
    type: string,
    id: string | undefined,
    permission: string,
    ask: (id: string) => Promise<Record<string, unknown>>,
  ): Promise<void>;
}

export function partsOf(): Parts {
  const asked = new Set<string>();
  const parts: Parts = {
    resources: {},
    unread: new Set(),
    unreadBuckets: new Set(),
    add(type, logicalId, properties) {
      parts.resources[logicalId] = { Type: type, Properties: properties };
    },
    async read(type, id, permission, ask) {
      if (!id || asked.has(`${type} ${id}`)) return;
      asked.add(`${type} ${id}`);
      try {
        parts.add(type, id, await ask(id));
      } catch (error) {
        parts.unread.add(
          `${type.replace(/^.*::/, '')} ${id}: ${codeOf(error)}; grant ${permission} to read it`,
        );
      }
    },
  };
  return parts;
}

/** The name of an AWS error. Its message is not shown: it may contain a signed address. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : 'it cannot be read';
}

/** @throws Error that says what to install */
export async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new Error(`${name} is not installed; reading a live distribution needs it: npm install ${name}`, {
      cause,
    });
  }
}
