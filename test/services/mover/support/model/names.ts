/**
 * What names may hold after the answers that people got. A move is no one step: its copy is there before the old file
 * goes. So an operation here is a row of steps, each at one moment between its request and its answer.
 */

/** A version of a name: a file, or a delete marker, whose content is null. */
export interface Version {
  /** The number of the operation that made it, and `!` for a marker. */
  id: string;
  content: string | null;
  /** Two copies of a large content are other files to S3, if their parts are others. */
  etag: string;
  /** The version that a copy or a move has copied here, and which of both. */
  mark: string;
}

export interface Names {
  isVersioned: boolean;
  /** By key, the newest first. */
  versions: Readonly<Record<string, readonly Version[]>>;
  /** The role of each person in the team; absent for who is no member. */
  roles: Readonly<Record<string, string>>;
}

/** An operation as a person asked for it. */
export interface Asked {
  number: number;
  does:
    | 'upload'
    | 'copy'
    | 'move'
    | 'delete'
    | 'restore'
    | 'delete for ever'
    | 'empty the trash'
    | 'new folder'
    | 'list'
    | 'list versions'
    | 'change a role'
    | 'the same again';
  person: string;
  /** Keys. Operations on one name have it as `to`. */
  from: string;
  to: string;
  replace: boolean;
  /** What an upload brings, and whether it goes in parts. */
  content: string;
  isLarge: (content: string) => boolean;
  /** Its deletion was sent twice. If the second one finds nothing, nobody can tell whose deletion it was. */
  isSentTwice: () => boolean;
  /** The id of a version, or the role that somebody gets. */
  which: string;
  /** The ids of the delete markers that are old enough for the trash to be emptied of what they hide. */
  oldMarkers: ReadonlySet<string>;
}

/** Where an operation is, and what it has seen. The last stage is `done` with an answer. */
export type Stage = readonly [at: string, ...seen: string[]];
export const START: Stage = ['start'];
type Step = readonly [Stage, Names];

const TEAM = 'teams/';
const ROLES = ['viewer', 'editor', 'manager'];

/** Every step that the operation may take next. */
export function stepsOf(asked: Asked, stage: Stage, names: Names): Step[] {
  const done = (answer: string, after = names): Step[] => [[['done', answer], after]];
  if (stage[0] === 'start') {
    if (asked.does === 'change a role') return done('ok', { ...names, roles: rolesAfter(asked, names) });
    const refusal = refusalOf(asked, names);
    if (refusal !== undefined) return done(refusal);
    return [[['may'], names]];
  }
  switch (asked.does) {
    case 'upload':
    case 'new folder':
      return uploadSteps(asked, names, done);
    case 'copy':
    case 'move':
      return [...refusedLater(asked, stage, names, done), ...copySteps(asked, stage, names, done)];
    case 'delete': {
      const refusal = refusalOf(asked, names);
      return [...(refusal === undefined ? [] : done(refusal)), ...done('ok', hidden(names, asked, asked.to))];
    }
    case 'restore':
      return restoreSteps(asked, stage, names, done);
    case 'delete for ever':
      return forEverSteps(asked, stage, names, done);
    case 'empty the trash':
      return emptySteps(asked, stage, names, done);
    case 'list':
      return done(shownList(names, asked.to));
    case 'list versions':
      return done(shownVersions(names, asked.to));
    default:
      return [];
  }
}

type Done = (answer: string, after?: Names) => Step[];

/** A role is asked before the first step, of a move again before it deletes, of a large copy before it is visible. */
function refusedLater(asked: Asked, [at, , content = '']: Stage, names: Names, done: Done): Step[] {
  const refusal = refusalOf(asked, names);
  if (refusal === undefined) return [];
  const asksNow = at === 'copied' || at === 'checked' || (at === 'read' && asked.isLarge(content));
  return asksNow ? done(refusal) : [];
}

function uploadSteps(
  { number, to, content, replace, isLarge, does }: Asked,
  names: Names,
  done: Done,
): Step[] {
  if (fileOf(names, to) && !replace) return done('file_exists');
  const etag = isLarge(content) ? `${content}/parts` : content;
  const made = { id: `${number}`, content: does === 'new folder' ? '' : content, etag, mark: '' };
  return done('ok', withVersion(names, to, made));
}

function copySteps(asked: Asked, stage: Stage, names: Names, done: Done): Step[] {
  const { from, to, replace, does } = asked;
  const [at, id = '', content = '', etag = ''] = stage;
  const present = fileOf(names, to);
  const source = fileOf(names, from);
  if (at === 'may') {
    if (!source) return done('no_such_file');
    if (from === to) return done('file_exists');
    return [[['read', source.id, source.content ?? '', source.etag, source.mark], names]];
  }
  if (at === 'read' || at === 'own') {
    const steps: Step[] = [];
    const mark = `${does} ${id}`;
    const isOwn = !replace && present?.mark === mark;
    if (at === 'read' && isOwn) {
      // A copy is never taken back, so it is the answer.
      const own: Stage = ['own', id, content, etag, stage[4] ?? '', present.etag];
      steps.push(...(does === 'copy' ? done('ok') : [[own, names] as const]));
    }
    if (at === 'read' && present && !replace && !isOwn) steps.push(...done('file_exists'));
    const mayPlace = at === 'own' ? present?.etag === stage[5] : replace || !present;
    if (at === 'own' && present && !mayPlace) steps.push(...done('file_exists'));
    if (!isThere(names, from, { id, etag }) && !source) steps.push(...done('no_such_file'));
    else if (names.isVersioned && !isThere(names, from, { id, etag })) steps.push(...done('no_such_file'));
    // The parts of a large copy may all have been read before its source went.
    if (mayPlace && (isThere(names, from, { id, etag }) || asked.isLarge(content))) {
      const after = withVersion(names, to, copyOf(asked, content, mark));
      steps.push(
        ...(does === 'copy'
          ? done('ok', after)
          : [[['copied', id, content, etag, stage[4] ?? ''], after] as const]),
      );
    }
    return steps;
  }
  if (at === 'copied')
    return refusalOf(asked, names) === undefined ? [[['checked', ...stage.slice(1)], names]] : [];
  if (at === 'checked') {
    if (source?.etag === etag) {
      if (!names.isVersioned)
        return isSameFile(source, stage) ? [[['looked', ...stage.slice(1)], names]] : done('ok');
      const after = hidden(names, asked, from);
      return [[['hidden', ...stage.slice(1)], after], ...(asked.isSentTwice() ? done('ok', after) : [])];
    }
    if (source || asked.isSentTwice()) return done('ok');
    return names.isVersioned ? [[['lost', ...stage.slice(1)], names]] : done('no_such_file');
  }
  if (at === 'looked') {
    if (source?.etag === etag) return done('ok', hidden(names, asked, from));
    return source || asked.isSentTwice() ? done('ok') : done('no_such_file');
  }
  if (at === 'hidden' || at === 'bare') return removeSteps(asked, stage, names, done);
  return at === 'lost' ? done('no_such_file', withoutVersions(names, to, [`${asked.number}`])) : [];
}

/** Without versions, a file is known by what it was made from: dates are whole seconds. */
function isSameFile(source: Version, [, , , , mark]: Stage): boolean {
  return source.mark === mark;
}

/** The history of the old name, seen after the move's own marker hides the file. */
function removeSteps({ number, from, to }: Asked, [at, id = '']: Stage, names: Names, done: Done): Step[] {
  const history = names.versions[from] ?? [];
  const marker = history.findIndex((version) => version.id === `${number}!`);
  if (marker < 0) return done('ok');
  const below = history[marker + 1];
  const takeBack = () => done('ok', withoutVersions(names, from, [`${number}!`]));
  if (at === 'bare') return below?.content == null ? takeBack() : done('ok');
  if (below && below.content !== null && below.id !== id) return takeBack();
  if (folderOf(from) !== folderOf(to)) return done('ok');
  const isBelow = below?.id === id;
  const left = history[marker + (isBelow ? 2 : 1)];
  const after = isBelow ? withoutVersions(names, from, [id]) : names;
  return left && left.content !== null ? done('ok', after) : [[['bare'], after]];
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}

function restoreSteps(asked: Asked, stage: Stage, names: Names, done: Done): Step[] {
  const { to, replace, which } = asked;
  const [at, id = '', content = '', ...markers] = stage;
  if (at === 'may') {
    const kept = keptOf(names, to, which);
    if (kept) return [[['kept', kept.version.id, kept.version.content ?? '', ...kept.markers], names]];
    const present = fileOf(names, to);
    return present && !replace ? done('file_exists') : done('no_such_file');
  }
  // What comes back leaves the trash.
  if (at === 'restored') return done('ok', withoutVersions(names, to, [id, ...markers]));
  const steps: Step[] = [];
  const present = fileOf(names, to);
  const refusal = asked.isLarge(content) ? refusalOf(asked, names) : undefined;
  if (refusal !== undefined) steps.push(...done(refusal));
  if (present?.id === id && replace) steps.push(...done('ok'));
  if (present && !replace) steps.push(...done('file_exists'));
  const isKept = (names.versions[to] ?? []).some((version) => version.id === id);
  if (!isKept) steps.push(...done('no_such_file'));
  if ((isKept || asked.isLarge(content)) && (replace || !present)) {
    const after = withVersion(names, to, copyOf(asked, content, ''));
    steps.push(
      ...(markers.length > 0 ? [[['restored', ...stage.slice(1)], after] as const] : done('ok', after)),
    );
  }
  return steps;
}

function forEverSteps({ to, which }: Asked, [at, ...ids]: Stage, names: Names, done: Done): Step[] {
  if (at === 'kept') return done('ok', withoutVersions(names, to, ids));
  const kept = keptOf(names, to, which);
  if (!kept) return done('ok');
  const { version, markers, earlier } = kept;
  if (version === names.versions[to]?.[0]) return done('no_such_file');
  return [[['kept', version.id, ...(markers.length > 0 ? earlier : [])], names]];
}

/**
 * Names are listed one after the other, and what was listed is deleted then: of each name
 * all whose nearest marker is old enough. The
 * stage has the number of the names that were listed, and what is to be deleted.
 */
function emptySteps(
  { to, oldMarkers }: Asked,
  [, count = '0', ...doomed]: Stage,
  names: Names,
  done: Done,
): Step[] {
  const steps: Step[] = [];
  const keys = Object.keys(names.versions).filter((key) => key.startsWith(to));
  const key = keys[Number(count)];
  if (key !== undefined) {
    const history = names.versions[key] ?? [];
    let isOld = false;
    const hidden = history.filter(({ id, content }) => {
      if (content === null) isOld = oldMarkers.has(id);
      return content !== null && isOld;
    });
    steps.push([['may', `${Number(count) + 1}`, ...doomed, ...hidden.map(({ id }) => id)], names]);
  } else if (doomed.length === 0) steps.push(...done('ok'));
  if (doomed.length > 0) {
    const after = keys.reduce((left, each) => withoutVersions(left, each, doomed), names);
    steps.push([['may', count], after]);
  }
  return steps;
}

/**
 * A version that is named. A marker stands for the file behind it.
 * @returns also the ids of the markers right above the version, and of what it had replaced
 */
function keptOf({ versions }: Names, key: string, which: string) {
  const history = versions[key] ?? [];
  const named = history.findIndex(({ id }) => id === which);
  const at = history.findIndex(({ content }, index) => named >= 0 && index >= named && content !== null);
  const version = history[at];
  if (!version) return undefined;
  const [above, older] = [history.slice(0, at), history.slice(at + 1)];
  const deleted = older.findIndex(({ content }) => content === null);
  return {
    version,
    markers: above.slice(above.findLastIndex(({ content }) => content !== null) + 1).map(({ id }) => id),
    earlier: older.slice(0, deleted < 0 ? older.length : deleted).map(({ id }) => id),
  };
}

function refusalOf({ does, person, from, to }: Asked, { roles }: Names): string | undefined {
  const needed = does.startsWith('list') ? 'viewer' : /ever|empty/.test(does) ? 'manager' : 'editor';
  const needs = [
    ...(does === 'move' ? [[from, 'editor'] as const] : does === 'copy' ? [[from, 'viewer'] as const] : []),
    [to, needed] as const,
  ];
  for (const [key, role] of needs) {
    const code = refusalIn(key, person, { role, has: roles[person] });
    if (code !== undefined) return code;
  }
  return undefined;
}

function refusalIn(key: string, person: string, { role, has }: { role: string; has: string | undefined }) {
  if (!key.startsWith(TEAM)) return key.startsWith(`users/${person}/`) ? undefined : 'account_changed';
  if (has === undefined) return 'no_such_team';
  return ROLES.indexOf(has) < ROLES.indexOf(role) ? 'role_too_low' : undefined;
}

function rolesAfter({ to, which }: Asked, { roles }: Names): Names['roles'] {
  const { [to]: _, ...others } = roles;
  return which === '' ? others : { ...others, [to]: which };
}

function fileOf({ versions }: Names, key: string): Version | undefined {
  const [top] = versions[key] ?? [];
  return top && top.content !== null ? top : undefined;
}

/** Whether a copy still finds its source: that version, or in a bucket without versions, that content. */
function isThere(names: Names, key: string, { id, etag }: { id: string; etag: string }): boolean {
  if (!names.isVersioned) return fileOf(names, key)?.etag === etag;
  return (names.versions[key] ?? []).some((version) => version.id === id);
}

function copyOf({ number, isLarge }: Asked, content: string, mark: string): Version {
  return { id: `${number}`, content, etag: isLarge(content) ? `${content}/copied` : content, mark };
}

function withVersion(names: Names, key: string, version: Version): Names {
  const before = names.isVersioned ? (names.versions[key] ?? []) : [];
  return { ...names, versions: { ...names.versions, [key]: [version, ...before] } };
}

function withoutVersions(names: Names, key: string, ids: readonly string[]): Names {
  const left = (names.versions[key] ?? []).filter(({ id }) => !ids.includes(id));
  return { ...names, versions: { ...names.versions, [key]: left } };
}

function hidden(names: Names, { number }: Asked, key: string): Names {
  if (!names.isVersioned) return { ...names, versions: { ...names.versions, [key]: [] } };
  return withVersion(names, key, { id: `${number}!`, content: null, etag: '', mark: '' });
}

/** A folder's files, as a list shows them. */
export function shownList(names: Names, folder: string): string {
  return Object.keys(names.versions)
    .filter((key) => key.startsWith(folder))
    .toSorted()
    .flatMap((key) => {
      const file = fileOf(names, key);
      return file ? [`${key.slice(folder.length)}=${file.content}`] : [];
    })
    .join(' ');
}

/** A name's versions, as a list shows them. */
export function shownVersions({ versions }: Names, key: string): string {
  return (versions[key] ?? [])
    .flatMap(({ id, content }, index) => (content === null ? [] : [`${id}${index === 0 ? '*' : ''}`]))
    .join(' ');
}

/** Everything that is kept, to compare. */
export function shownAll({ versions }: Names): string {
  return Object.keys(versions)
    .toSorted()
    .filter((key) => (versions[key] ?? []).length > 0)
    .map((key) => `${key}: ${(versions[key] ?? []).map(({ content }) => content ?? '!').join(' ')}`)
    .join('\n');
}
