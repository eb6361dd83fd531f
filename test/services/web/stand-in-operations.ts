import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

interface Kept<File> {
  version: string;
  file: File;
  /** When it was deleted or replaced. */
  at: string;
}

interface Wanted {
  from: string;
  to: string;
  replace?: boolean;
  toTeam?: string | null;
}

type Versions = { name: string; version: string }[];
type InFolder = FastifyRequest<{ Params: { team?: string } }>;

/**
 * Moves, the trash, versions and empty folders of the stand-in, for the user's own folder and for teams.
 * @param stored the files. Those of a team are under `teams/<id>/`
 */
export function operationRoutes<File extends { bytes: Buffer; etag: string; lastModified: string }>(
  app: FastifyInstance,
  stored: Map<string, File>,
) {
  const kept = new Map<string, Kept<File>[]>();
  const folders = new Set<string>();
  const state = {
    /** Whether the host keeps what is deleted. */
    keeps: true,
    /** Each move waits for this promise. */
    moveGate: Promise.resolve(),
  };
  const baseOf = ({ params: { team } }: InFolder) => (team === undefined ? '' : `teams/${team}/`);

  function keep(key: string): string | undefined {
    const file = stored.get(key);
    stored.delete(key);
    if (!file || !state.keeps) return undefined;
    const version = randomUUID();
    kept.set(key, [{ version, file, at: new Date().toISOString() }, ...(kept.get(key) ?? [])]);
    return version;
  }

  async function relocate(request: InFolder, reply: FastifyReply, isMove: boolean) {
    await state.moveGate;
    const { from, to, replace, toTeam } = request.body as Wanted;
    const base = baseOf(request);
    const into =
      toTeam === undefined ? base : baseOf({ params: toTeam === null ? {} : { team: toTeam } } as InFolder);
    const file = stored.get(base + from);
    if (!file) return reply.code(404).send({ code: 'no_such_file' });
    if (stored.has(into + to) && !replace) return reply.code(409).send({ code: 'file_exists' });
    keep(into + to);
    stored.set(into + to, file);
    if (isMove) keep(base + from);
    return { name: to, url: '', etag: file.etag, sharesEnded: 0 };
  }

  function restore(
    base: string,
    { name, version }: Versions[number],
    mayReplace: boolean,
  ): string | undefined {
    const found = kept.get(base + name)?.find((each) => each.version === version);
    if (!found) return 'no_such_file';
    if (stored.has(base + name) && !mayReplace) return 'file_exists';
    keep(base + name);
    stored.set(base + name, { ...found.file, etag: randomUUID(), lastModified: new Date().toISOString() });
    return undefined;
  }

  for (const root of ['/api', '/api/teams/:team']) {
    app.addHook('preHandler', async (request, reply) => {
      const isKept = /^\/api\/(?:teams\/\w+\/)?(?:trash|files\/versions)/.test(request.url);
      if (isKept && !state.keeps && !reply.sent) await reply.code(409).send({ code: 'no_trash' });
    });
    app.post(`${root}/files/move`, (request: InFolder, reply) => relocate(request, reply, true));
    app.post(`${root}/files/copy`, (request: InFolder, reply) => relocate(request, reply, false));
    app.post(`${root}/files/delete`, (request: InFolder) => {
      const { names } = request.body as { names: string[] };
      const deleted = names.map((name) => {
        folders.delete(baseOf(request) + name);
        const version = keep(baseOf(request) + name);
        return { name, ...(version && { version }) };
      });
      return { deleted, failed: [] };
    });
    app.post(`${root}/folders`, (request: InFolder, reply) => {
      const { name } = request.body as { name: string };
      const path = `${baseOf(request)}${name}/`;
      const isTaken = folders.has(path) || [...stored.keys()].some((key) => key.startsWith(path));
      if (isTaken) return reply.code(409).send({ code: 'file_exists' });
      folders.add(path);
      return reply.code(201).send({ name });
    });
    app.get(`${root}/trash`, (request: InFolder) => {
      const base = baseOf(request);
      const files = [...kept].flatMap(([key, versions]) =>
        stored.has(key) || !key.startsWith(base)
          ? []
          : versions.slice(0, 1).map(({ version, file, at }) => ({
              ...{ name: key.slice(base.length), version, size: file.bytes.length },
              ...{ deletedAt: at, goesAt: new Date(Date.parse(at) + 7 * 86_400_000).toISOString() },
            })),
      );
      return { files };
    });
    app.post(`${root}/trash/restore`, (request: InFolder, reply) => {
      const { files, ...one } = request.body as { files?: Versions } & Versions[number];
      if (!files) {
        const code = restore(baseOf(request), one, false);
        return code ? reply.code(409).send({ code }) : { name: one.name, url: '' };
      }
      const ends = files.map((file) => ({ ...file, code: restore(baseOf(request), file, false) }));
      return {
        restored: ends.filter(({ code }) => !code),
        failed: ends.filter(({ code }) => code),
      };
    });
    app.delete(`${root}/trash`, (request: InFolder, reply) => {
      const { name, version } = request.query as { name?: string; version?: string };
      const base = baseOf(request);
      for (const [key, versions] of kept) {
        if (!key.startsWith(base) || stored.has(key)) continue;
        if (name === undefined) kept.delete(key);
        else if (key === base + name)
          kept.set(
            key,
            versions.filter((each) => each.version !== version),
          );
      }
      return reply.code(204).send();
    });
    app.get(`${root}/files/versions`, (request: InFolder, reply) => {
      const { name } = request.query as { name: string };
      const key = baseOf(request) + name;
      const now = stored.get(key);
      const facts = ({ bytes, etag, lastModified }: File) => ({ size: bytes.length, etag, lastModified });
      if (!now && !kept.has(key)) return reply.code(404).send({ code: 'no_such_file' });
      return {
        versions: [
          ...(now ? [{ version: 'now', ...facts(now), current: true }] : []),
          ...(kept.get(key) ?? []).map(({ version, file }) => ({ version, ...facts(file), current: false })),
        ],
      };
    });
    app.post(`${root}/files/versions/restore`, (request: InFolder, reply) => {
      const one = request.body as Versions[number];
      const code = restore(baseOf(request), one, true);
      return code ? reply.code(404).send({ code }) : { name: one.name, url: '' };
    });
  }

  return {
    state,
    /** The empty folders in a folder, as a list has them. */
    foldersIn: (base: string) =>
      [...folders].filter((path) => path.startsWith(base)).map((path) => path.slice(base.length, -1)),
    /** Puts another content in the place of a file. */
    replace(key: string, file: File): void {
      keep(key);
      stored.set(key, file);
    },
  };
}
