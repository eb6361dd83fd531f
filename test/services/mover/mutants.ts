// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../support/mutants.ts';

/**
 * @param file its name in `services/mover/`
 * @param killedBy the test's name in `test/services/mover/`, without its ending
 */
function mutants(file: string, killedBy: string, changes: Parameters<typeof mutantsOf>[2]): Mutant[] {
  return mutantsOf(`services/mover/${file}`, `test/services/mover/${killedBy}.test.ts`, changes);
}

/** Faults in copies and moves, in who may ask for them, and in the trash. */
export const MUTANTS: readonly Mutant[] = [
  ...mutants('authorize.ts', 'isolation', [
    ["lets anybody into a user's folder", 'if (owner.id !== userId)', 'if (owner.id === undefined)'],
    ['believes the record alone', "if (kind === 'made') {", "if (kind !== 'made' && kind !== 'provider') {"],
    ['believes the item alone', '  requireMembership(known.user, owner.id, role);\n', ''],
    ['goes on with a wrong clock', '  deps.clockGuard.check();\n', ''],
    ['checks the first folder alone', 'of needs) await', 'of needs.slice(0, 1)) await'],
  ]),
  ...mutants('mover.ts', 'isolation', [
    ['takes members that it does not know', 'additionalProperties: false', 'additionalProperties: true'],
    ['takes a team for a user', "kind === 'user' ? toUserId(id)", 'kind ? toUserId(id)'],
  ]),
  ...mutants('copy.ts', 'isolation', [
    ['lets a viewer write', "{ owner: to.owner, role: 'editor' }", "{ owner: to.owner, role: 'viewer' }"],
    ['lets a viewer move', "begin(deps, request, 'editor')", "begin(deps, request, 'viewer')"],
    ['takes any new name', 'parseFileName(to.name, to.owner)', 'to.name.normalize() as FileName'],
  ]),
  ...mutants('copy.ts', 'copy', [
    ['moves a file onto itself', 'if (key === source) throw fileExists(file);', ''],
    ['copies a thumbnail of another content', ' || thumbnail.lastModified < file.lastModified', ''],
    ['keeps the thumbnail of what was replaced', 'if (replace) await dropThumbnail(store, to, key);', ''],
    ['checks the session once', 'beforeVisible: check };', '};'],
    [
      'knows any copy as its own',
      'const isOwn = present.madeFrom === madeFrom;',
      'const isOwn = present.madeFrom !== "";',
    ],
    ['knows the copy of a move as its own', 'const parts = [operation, key,', 'const parts = [key,'],
    [
      'takes any file for its copy',
      'isCopy && before?.madeFrom === madeFrom',
      'isCopy && before !== undefined',
    ],
    ['copies what it has copied', 'if (isOwn && isCopy) return present;', ''],
    ['takes no space', 'if (isCopy || folderKey', 'if (folderKey'],
    ['counts all shares', '.filter((share) => share.name === sourceName)', ''],
  ]),
  ...mutants('copy.ts', 'model', [
    [
      'hides whatever has the name of its copy',
      'await store.deleteVersions([{ key, versionId: made.versionId }]);',
      'await store.delete(key);',
    ],
  ]),
  ...mutants('s3-version-store.ts', 'model', [
    [
      'names no version of its source',
      "const version = versionId === undefined ? '' :",
      "const version = versionId !== '' ? '' :",
    ],
  ]),
  ...mutants('background.ts', 'background', [
    ['does again what has failed', 'record.end) return;', "record.end?.state === 'done') return;"],
  ]),
  ...mutants('copy.ts', 'move', [
    [
      'deletes first',
      "  const made = await placeCopy(deps, transfer, 'move');\n",
      "  await store.deleteIfSame(file.key, file.etag);\n  const made = await placeCopy(deps, transfer, 'move');\n",
    ],
    [
      'deletes whatever is there',
      'if (await store.deleteIfSame(file.key, file.etag)) return;',
      'await store.delete(file.key);\n    if (file) return;',
    ],
    ['takes no copy back', 'if (made.versionId !== undefined) {', 'if (made.versionId === "") {'],
    [
      'deletes for whoever was removed',
      '{ ...(await transfer.check()), owner: from }',
      '{ ...(await authorize(deps, request.token, [])), owner: from }',
    ],
    [
      'takes the copy of the first try',
      'const again = isOwn ? await store.copy({ ...copy, replace: { etag: present.etag } }) : undefined;',
      'const again = isOwn ? { etag: present.etag } : undefined;',
    ],
    [
      'does not know its copy again',
      'const isOwn = present.madeFrom === madeFrom;',
      'const isOwn = present.madeFrom === "";',
    ],
  ]),
  ...mutants('s3-version-store.ts', 'copy', [
    ['replaces what came meanwhile', "return replace ? {} : { IfNoneMatch: '*' };", 'return {};'],
    ['copies tags', "TaggingDirective: 'REPLACE'", "TaggingDirective: 'COPY'"],
    [
      'drops no parts',
      '    await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);\n',
      '',
    ],
  ]),
  ...mutants('s3-version-store.ts', 'move', [
    ['copies another source', ', CopySourceIfMatch: `"${etag}"`', ''],
    ['takes back a copy after a lost answer', 'return (error.$metadata.attempts ?? 1) > 1;', 'return false;'],
  ]),
  ...mutants('s3-version-store.ts', 'trash', [
    [
      'keeps the mark of a move',
      '{ [MADE_FROM]: madeFrom, [MADE_BY]: madeBy, ...metadata } = head.Metadata ?? {}',
      'metadata = head.Metadata ?? {}, madeFrom = metadata[MADE_FROM], madeBy = undefined',
    ],
    ['takes any answer for a list', 'page.Name === undefined', 'page === undefined'],
    [
      'lists delete markers after files',
      'response.body = Buffer.from(body);',
      'response.body = Buffer.from(body);\n      order.elements = [...order.elements].sort().reverse();',
    ],
    [
      'sorts by dates',
      '  return all;',
      '  return all.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || +b.isLatest - +a.isLatest || +b.lastModified - +a.lastModified);',
    ],
    [
      'takes any order',
      'isLatest && key === all[index - 1]?.key',
      'isLatest && key === all[index - 1]?.versionId',
    ],
    ['takes a list without its order', ' && all.length === Versions.length + DeleteMarkers.length', ''],
  ]),
  ...mutants('trash.ts', 'trash', [
    [
      'lets a viewer restore',
      "[{ owner: request.owner, role: 'editor' }]",
      "[{ owner: request.owner, role: 'viewer' }]",
    ],
    [
      'lets a viewer restore many',
      "authorize(deps, token, [{ owner, role: 'editor' }])",
      "authorize(deps, token, [{ owner, role: 'viewer' }])",
    ],
    [
      'lets an editor delete for ever',
      "[{ owner, role: 'manager' }]);\n  const named",
      "[{ owner, role: 'editor' }]);\n  const named",
    ],
    [
      'lets an editor empty the trash',
      "[{ owner, role: 'manager' }]);\n  const prefix",
      "[{ owner, role: 'editor' }]);\n  const prefix",
    ],
    [
      'leaves what came back in the trash',
      'if (kept.markers.length > 0) await store',
      'if (!kept) await store',
    ],
    ['empties what was replaced', 'else if (version.key === hidden)', 'else if (!version.isLatest)'],
    [
      'leaves what was replaced in the trash',
      'kept.markers.length > 0 ? kept.earlier : []',
      'kept.markers.length < 0 ? kept.earlier : []',
    ],
    ['takes room twice', 'if (kept.markers.length === 0) await deps', 'await deps'],
    ['deletes the current version', "if (kept.version.isLatest) throw new GatewayError('no_such_file');", ''],
    ['deletes the thumbnails of other versions', ' && !(until && lastModified > until)', ''],
    ['restores over a file', 'if (current && !replace) throw fileExists(current);', ''],
    ['shows half of a key twice', 'page.versions.filter(({ key }) => key !== next.key)', 'page.versions'],
    ['restores without the thumbnail', 'if (picture) await', 'if (!picture) await'],
  ]),
  ...mutants('background.ts', 'background', [
    ["takes somebody else's file for its own", 'made?.madeBy === order.id &&', 'made !== undefined &&'],
  ]),
];
