import type { Metafile } from 'esbuild';

/** The packages that files of a build are made of, each once. */
export function packagesOf({ outputs }: Metafile, files: Iterable<string>): string[] {
  const inputs = [...files].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}));
  const names = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)];
}
