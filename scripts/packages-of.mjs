import { dirname, join } from 'node:path';

/**
 * The path of a package of this project, and the paths of those that it needs without its `devDependencies`. Each is
 * looked for from the folder of its importer upwards, as Node does.
 * @param locked `packages` of a lockfile
 */
export function packagesOf(own, locked) {
  const found = new Set();
  const add = (name, importer) => {
    const at = placeOf(name, importer, locked);
    if (at === undefined || found.has(at)) return;
    found.add(at);
    const folder = locked[at].link ? locked[at].resolved : at;
    const { dependencies, optionalDependencies, peerDependencies, devDependencies = {} } = locked[folder];
    for (const needed of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
      // npm takes a package that is a peer and a development dependency for the latter.
      if (!(needed in devDependencies)) add(needed, folder);
    }
  };
  add(own, '.');
  return found;
}

function placeOf(name, importer, locked) {
  for (let folder = importer; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (locked[path]) return path;
    if (folder === '.') return undefined;
  }
}
