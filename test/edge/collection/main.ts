import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';
import { startEdge } from '../../../edge/command/start-edge.ts';
import { parseCollection, reasonOf, scoreOf } from './collection.ts';

/** Nothing in a template is run, besides functions of CloudFront that a request would call, and there is no request. */
const LIST = 'test/edge/collection/templates.json';

const [clones] = process.argv.slice(2);
if (clones === undefined) {
  console.error(
    'node test/edge/collection/main.ts <folder>   the folder has a clone <owner>/<name> of each repository',
  );
  process.exit(2);
}

const collection = parseCollection(readFileSync(LIST, 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'collection-'));
try {
  for (const { repository, commit, templates } of collection) {
    for (const template of templates) {
      const text = execFileSync('git', [
        '-C',
        join(clones, repository),
        'show',
        `${commit}:${template.path}`,
      ]);
      const file = join(folder, basename(template.path));
      writeFileSync(file, text);
      const message = await refusalOf(file);
      delete template.refused;
      if (message !== undefined) template.refused = reasonOf(message);
      if (template.refused !== undefined)
        console.log(`${repository} ${template.path}: ${message?.split('\n')[0]}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
writeFileSync(LIST, `${JSON.stringify(collection, null, 1)}\n`);
console.log(scoreOf(collection));

/** Why a template does not start as it is. Undefined if each of its distributions starts. */
async function refusalOf(template: string, distribution?: string): Promise<string | undefined> {
  try {
    const edge = await startEdge({ template, ...(distribution === undefined ? {} : { distribution }) });
    await edge.close();
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, several] = /^the template has (.+); `distribution` says which one$/.exec(message) ?? [];
    if (several === undefined) return message;
    for (const one of several.split(', ')) {
      const refusal = await refusalOf(template, one);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }
}
