import { Pool } from 'undici';

export interface Answer {
  /** 0 if there was no answer. */
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** The reason, if there was no answer. */
  error?: string;
}

export interface Http {
  /** Sends one request on one of the connections. The path goes out unchanged. */
  ask(path: string, headers: Record<string, string>, method?: 'GET' | 'HEAD'): Promise<Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/** Connections that are kept alive, with one request at a time on each. */
export function createHttp(origin: string, connections: number): Http {
  const pool = new Pool(origin, { connections, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  return {
    async ask(path, headers, method = 'GET') {
      try {
        const answer = await pool.request({ path, method, headers });
        const body = Buffer.from(await answer.body.arrayBuffer());
        return { status: answer.statusCode, headers: answer.headers, body };
      } catch (error) {
        return { status: 0, headers: {}, body: Buffer.alloc(0), error: String(error) };
      }
    },
    close: () => pool.destroy(),
  };
}

/** The value of a header that comes at most once. */
export function headerOf({ headers }: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
