import { dirname, join } from 'node:path';

const OWN = '@cloudfront-cookie-gateway/';
/**
 * The packages of the project that a command installs, with what they need: for a start, for an app that is made, and
 * for a page that is made. Each stage holds those before it. After them comes everything.
 */
export const STAGES = [
  ['local'],
  ['local', 'vectors', 'edge-local'],
  ['local', 'vectors', 'edge-local', 'client'],
].map((names) => names.map((name) => OWN + name));

/** Whether a package comes with what its development needs: a compiler writes the types of the client. */
export function isDeveloped(name) {
  return name === `${OWN}client`;
}

/** The paths of all packages of a stage. @param locked `packages` of a lockfile */
export function packagesOfStage(stage, locked) {
  return new Set(stage.flatMap((name) => [...packagesOf(name, locked, isDeveloped(name))]));
}

/**
 * The path of a package of this project, and the paths of those that it needs. Each is looked for from the folder of its
 * importer upwards, as Node does.
 * @param locked `packages` of a lockfile
 * @param forDevelopment whether the `devDependencies` of this project's packages belong to it
 */
export function packagesOf(own, locked, forDevelopment = false) {
  const found = new Set();
  const add = (name, importer) => {
    const at = placeOf(name, importer, locked);
    if (at === undefined || found.has(at)) return;
    found.add(at);
    const folder = locked[at].link ? locked[at].resolved : at;
    const { dependencies, optionalDependencies, peerDependencies, devDependencies = {} } = locked[folder];
    const needed = Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies });
    if (forDevelopment && locked[at].link) needed.push(...Object.keys(devDependencies));
    for (const each of needed) {
      // npm takes a package that is a peer and a development dependency for the latter.
      if (forDevelopment || !(each in devDependencies)) add(each, folder);
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
