import { createHash } from 'node:crypto';

interface Kept {
  version: string;
  /** Undefined for a delete marker. */
  bytes: string | undefined;
  at: string;
}

interface Body {
  from: string;
  to: string;
  replace?: boolean;
  toTeam?: string | null;
  name: string;
  names: string[];
  version: string;
  files: { name: string; version: string }[];
}

/**
 * The routes of the app host for moves, the trash and versions, in this process. It keeps files by folder: `own`, or the
 * id of a team.
 * @param fail makes the error of a request
 */
export function createFileHost(fail: (status: number, code: string) => Error) {
  /** The versions of each name, newest first. */
  const kept = new Map<string, Map<string, Kept[]>>();
  const markers = new Map<string, Set<string>>();
  const log: { line: string; body: Body }[] = [];
  let versions = 0;
  const state = {
    /** What the host says of the next move, one answer after another. */
    background: [] as string[],
    /** Names whose next move succeeds without an answer. */
    lose: [] as string[],
    /** Names whose next move meets a busy host. */
    refuse: [] as string[],
    /** Names that somebody takes before the first file comes there. */
    late: [] as string[],
    fail: new Map<string, string>(),
    /** Names for whose deletion or return the host has no time once. */
    slow: [] as string[],
  };

  const namesOf = (folder: string) => {
    const names = kept.get(folder) ?? new Map<string, Kept[]>();
    kept.set(folder, names);
    return names;
  };
  const emptyOf = (folder: string) => {
    const names = markers.get(folder) ?? new Set<string>();
    markers.set(folder, names);
    return names;
  };
  const bytesOf = (folder: string, name: string) => namesOf(folder).get(name)?.[0]?.bytes;
  const put = (folder: string, name: string, bytes: string | undefined) => {
    const version = `v${++versions}`;
    const others = namesOf(folder).get(name) ?? [];
    namesOf(folder).set(name, [{ version, bytes, at: new Date().toISOString() }, ...others]);
    return others[0]?.version;
  };
  const present = (folder: string) =>
    [...namesOf(folder).keys()].filter((name) => bytesOf(folder, name) !== undefined).toSorted();
  const etagOf = (bytes: string) => createHash('md5').update(bytes).digest('hex');

  function list(folder: string, query: URLSearchParams) {
    const [start, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? 100)];
    const prefix = query.get('prefix') ?? '';
    const names = present(folder).filter((name) => name.startsWith(prefix));
    const files = names.slice(start, start + limit).map((name) => {
      const bytes = bytesOf(folder, name) ?? '';
      const lastModified = namesOf(folder).get(name)?.[0]?.at;
      return { name, size: bytes.length, etag: etagOf(bytes), lastModified };
    });
    const folders = [...emptyOf(folder)]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(0, -1));
    return { files, folders, ...(start + limit < names.length ? { cursor: String(start + limit) } : {}) };
  }

  function relocate(folder: string, kind: string, { from, to, replace, toTeam }: Body) {
    if (state.refuse.includes(from)) {
      state.refuse.splice(state.refuse.indexOf(from), 1);
      throw fail(503, 'files_unavailable');
    }
    const refusal = state.fail.get(from);
    if (refusal) throw fail(409, refusal);
    if (state.background.length > 0) return { id: 'move-1' };
    const into = toTeam === undefined ? folder : (toTeam ?? 'own');
    const bytes = bytesOf(folder, from);
    if (bytes === undefined) throw fail(404, 'no_such_file');
    if (state.late.includes(to)) {
      state.late.splice(state.late.indexOf(to), 1);
      put(into, to, 'late');
    }
    if (bytesOf(into, to) !== undefined && !replace) throw fail(409, 'file_exists');
    put(into, to, bytes);
    if (kind === 'move') put(folder, from, undefined);
    if (state.lose.includes(from)) {
      state.lose.splice(state.lose.indexOf(from), 1);
      throw fail(0, 'network');
    }
    return { name: to, url: '', etag: etagOf(bytes), sharesEnded: 0 };
  }

  function remove(folder: string, { names }: Body) {
    const failed = names.flatMap((name) => {
      const code = state.fail.get(name) ?? (state.slow.includes(name) ? 'timed_out' : undefined);
      return code === undefined ? [] : [{ name, code }];
    });
    state.slow = [];
    const done = names.filter((name) => !failed.some((each) => each.name === name));
    const deleted = done.flatMap((name) => {
      if (emptyOf(folder).delete(name)) return [{ name }];
      return bytesOf(folder, name) === undefined ? [] : [{ name, version: put(folder, name, undefined) }];
    });
    return { deleted, failed };
  }

  function restore(
    folder: string,
    { name, version }: { name: string; version: string },
    mayReplace: boolean,
  ) {
    const found = namesOf(folder)
      .get(name)
      ?.find((each) => each.version === version);
    if (found?.bytes === undefined) throw fail(404, 'no_such_file');
    if (!mayReplace && bytesOf(folder, name) !== undefined) throw fail(409, 'file_exists');
    put(folder, name, found.bytes);
    return { name, url: '' };
  }

  function restoreMany(folder: string, files: Body['files']) {
    const late = files.filter(({ name }) => state.slow.includes(name));
    state.slow = [];
    const inTime = files.filter((file) => !late.includes(file));
    return {
      restored: inTime.map((file) => restore(folder, file, false)),
      failed: late.map((file) => ({ ...file, code: 'timed_out' })),
    };
  }

  function answer(folder: string, method: string, path: string, body: Body): unknown {
    const [route = '', query = ''] = path.split('?');
    const asked = new URLSearchParams(query);
    const name = asked.get('name') ?? '';
    if (route.startsWith('/files/moves/')) {
      const now = state.background.shift();
      return { state: now, ...(now === 'failed' && { code: 'quota_exceeded' }) };
    }
    switch (`${method} ${route}`) {
      case 'GET /files':
        return list(folder, asked);
      case 'POST /files/move':
      case 'POST /files/copy':
        return relocate(folder, route.slice('/files/'.length), body);
      case 'POST /files/delete':
        return remove(folder, body);
      case 'POST /folders':
        if (state.fail.has(`${body.name}/`)) throw fail(409, `${state.fail.get(`${body.name}/`)}`);
        if (emptyOf(folder).has(`${body.name}/`)) throw fail(409, 'file_exists');
        emptyOf(folder).add(`${body.name}/`);
        return { name: body.name };
      case 'GET /trash':
        return {
          files: [...namesOf(folder)].flatMap(([each, [newest, before]]) =>
            newest?.bytes === undefined && before
              ? [{ name: each, version: before.version, size: before.bytes?.length, deletedAt: newest?.at }]
              : [],
          ),
        };
      case 'POST /trash/restore':
        return body.files ? restoreMany(folder, body.files) : restore(folder, body, false);
      case 'DELETE /trash':
        return undefined;
      case 'GET /files/versions':
        return {
          versions: namesOf(folder)
            .get(name)
            ?.flatMap(({ version, bytes, at }, index) =>
              bytes === undefined
                ? []
                : [{ version, size: bytes.length, etag: '', lastModified: at, current: index === 0 }],
            ),
        };
      case 'POST /files/versions/restore':
        return restore(folder, body, true);
      default:
        throw fail(404, 'not_found');
    }
  }

  const ask = async (folder: string, method: string, path: string, body: Body) => {
    log.push({ line: `${method} ${path}`, body });
    return answer(folder, method, path, body);
  };

  return {
    state,
    /** A folder as the client's operations take it. */
    folder: (of: string) => ({
      ...(of === 'own' ? {} : { id: of }),
      asUser: async () => ({
        id: of,
        ask: (method: string, path: string, body: Body) => ask(of, method, path, body),
      }),
    }),
    put: (folder: string, name: string, bytes = name) => void put(folder, name, bytes),
    copyOver: (folder: string, from: string, to: string) => void put(folder, to, bytesOf(folder, from)),
    remove: (folder: string, name: string) => void put(folder, name, undefined),
    makeFolder: (folder: string, name: string) => void emptyOf(folder).add(name),
    names: present,
    folders: (folder: string) => [...emptyOf(folder)].toSorted(),
    lines: (start: string) => log.map(({ line }) => line).filter((line) => line.startsWith(start)),
    bodies: (line: string) => log.filter((each) => each.line === line).map(({ body }) => body),
  };
}
