import type { Metafile } from 'esbuild';

/** The npm packages inside these files of a build, each once. */
export function packagesOf({ outputs }: Metafile, files: Iterable<string>): string[] {
  const inputs = [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  const names = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)];
}
