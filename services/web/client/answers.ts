/** Who is signed in. Times are milliseconds since 1970 by the server's clock. */
export interface Session {
  user: { id: string; name: string | undefined; email: string | undefined };
  files: { origin: string; prefix: string };
  cookies: { issuedAtMs: number; expiresAtMs: number; refreshAtMs: number };
  serverTimeMs: number;
}

export interface ListedFile {
  name: string;
  sizeBytes: number;
  type: string;
  url: string;
}

export interface Listing {
  files: ListedFile[];
  cursor: string | undefined;
}

/** A presigned POST: the fields go before the file (S3 API, "POST Object"). */
export interface UploadForm {
  url: string;
  fields: [name: string, value: string][];
}

/** The body of `GET /auth/session` and `POST /auth/refresh`; throws where it is something else. */
export function parseSession(raw: unknown): Session {
  const answer = parseRecord(raw);
  const user = parseRecord(answer['user']);
  const files = parseRecord(answer['files']);
  const cookies = parseRecord(answer['cookies']);
  return {
    user: { id: text(user['id']), name: optionalText(user['name']), email: optionalText(user['email']) },
    files: { origin: text(files['origin']), prefix: text(files['prefix']) },
    cookies: {
      issuedAtMs: time(cookies['issuedAt']),
      expiresAtMs: time(cookies['expiresAt']),
      refreshAtMs: time(cookies['refreshAt']),
    },
    serverTimeMs: time(answer['serverTime']),
  };
}

/** The body of `GET /api/files`; throws where it is something else. */
export function parseListing(raw: unknown): Listing {
  const answer = parseRecord(raw);
  const files = answer['files'];
  if (!Array.isArray(files)) throw new TypeError('not a list of files');
  return { files: files.map(parseListedFile), cursor: optionalText(answer['cursor']) };
}

function parseListedFile(raw: unknown): ListedFile {
  const file = parseRecord(raw);
  return {
    name: text(file['name']),
    sizeBytes: Number(file['size']),
    type: text(file['type']),
    url: text(file['url']),
  };
}

/** The body of `POST /api/uploads`; `undefined` for an upload in parts, which has no form. */
export function parseUploadForm(raw: unknown): UploadForm | undefined {
  const upload = parseRecord(parseRecord(raw)['upload']);
  if (upload['fields'] === undefined) return undefined;
  const fields = Object.entries(parseRecord(upload['fields']));
  return { url: text(upload['url']), fields: fields.map(([name, value]) => [name, text(value)]) };
}

/** The body of `POST /auth/logout`. */
export function parseRedirect(raw: unknown): string {
  return text(parseRecord(raw)['redirect_to']);
}

function parseRecord(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null) throw new TypeError('not an object');
  return raw as Record<string, unknown>;
}

function text(raw: unknown): string {
  if (typeof raw !== 'string') throw new TypeError('not a text');
  return raw;
}

function optionalText(raw: unknown): string | undefined {
  return raw === undefined || raw === null ? undefined : text(raw);
}

function time(raw: unknown): number {
  const timeMs = Date.parse(text(raw));
  if (Number.isNaN(timeMs)) throw new TypeError('not a time');
  return timeMs;
}
