import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { StackValues } from './values.ts';
import { zipOf } from './zip.ts';

/** What this file changes of a synthesized template. */
interface Template {
  Parameters?: Record<string, unknown>;
  /** CDK makes the only one, about its bootstrap stack. */
  Rules?: unknown;
  Resources: Record<string, unknown>;
  Outputs?: Record<string, unknown>;
}

/**
 * Writes the templates of a build in a form that needs no CDK into `template/`: `gateway.json`, `watch.json`, and the
 * archive of the functions' code, whose name changes with the code. The logical ids are those of the cloud assembly.
 * @param directory where `build` has built
 * @returns the names of the files
 * @throws Error if a resource still wants something of CDK's bootstrap stack
 */
export function writeTemplates(values: StackValues, directory: string): string[] {
  const code = zipOf(filesIn(join(directory, 'service')));
  const codeKey = `gateway-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.zip`;
  const read = (stack: string) => readFileSync(join(directory, 'infra', `${stack}.template.json`), 'utf8');
  const made: Record<string, string | Buffer> = {
    'gateway.json': withoutBootstrap(read(values.stackName), codeParameters(codeKey)),
    'watch.json': withoutBootstrap(read(`${values.stackName}-Watch`), {}),
    [codeKey]: code,
  };
  const to = join(directory, 'template');
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const [name, content] of Object.entries(made)) writeFileSync(join(to, name), content);
  return Object.keys(made);
}

function codeParameters(codeKey: string) {
  return {
    CodeBucket: { Type: 'String', Description: 'A bucket in the region of this stack, with the archive' },
    CodeKey: { Type: 'String', Default: codeKey, Description: 'The key of the archive in that bucket' },
  };
}

function withoutBootstrap(text: string, parameters: Record<string, unknown>): string {
  const { Parameters = {}, Rules: _rules, ...rest } = parseTemplate(text);
  const { BootstrapVersion: _version, ...own } = Parameters;
  const template = JSON.stringify({ Parameters: { ...own, ...parameters }, ...rest });
  const left = /cdk-[a-z0-9]{9}-[a-z-]+/.exec(template);
  if (left) throw new Error(`a template still needs the CDK: it names ${left[0]}`);
  return template;
}

/** Leads each function to the parameters in place of the asset. */
function parseTemplate(text: string): Template {
  const code = { S3Bucket: { Ref: 'CodeBucket' }, S3Key: { Ref: 'CodeKey' } };
  return JSON.parse(text, (key, value) => (key === 'Code' && value?.S3Key !== undefined ? code : value));
}

function filesIn(directory: string): Map<string, Buffer> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return new Map(files.map((file) => [relative(directory, file).replaceAll(sep, '/'), readFileSync(file)]));
}
