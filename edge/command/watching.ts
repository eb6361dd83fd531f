import { existsSync, type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { OriginBinding } from '@cloudfront-cookie-gateway/local-cloudfront/template/origins';

/** Editors and `cdk synth` write a file in several steps. */
const SETTLE_MS = 100;

/**
 * Calls back once a file, or anything in a folder, has changed. Editors write a new file and give it the old one's name,
 * and a build replaces its folder. A watch of the thing itself would not see that, so the folder around it is watched.
 * @returns stops watching
 */
export function watching(path: string, changed: () => unknown): () => void {
  let timer: NodeJS.Timeout | undefined;
  let inside: FSWatcher | undefined;
  const whole = resolve(path);
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(changed, SETTLE_MS);
  };
  const watchInside = () => {
    inside?.close();
    inside = undefined;
    if (!statSync(whole, { throwIfNoEntry: false })?.isDirectory()) return;
    inside = watch(whole, { recursive: true }, settle);
    // The folder may go at any time. Then the folder around it tells.
    inside.on('error', () => inside?.close());
  };
  const around = existsSync(dirname(whole))
    ? watch(dirname(whole), (_event, name) => {
        if (name !== basename(whole)) return;
        watchInside();
        settle();
      })
    : undefined;
  watchInside();
  return () => {
    clearTimeout(timer);
    around?.close();
    inside?.close();
  };
}

/** Watches the folders among bindings, each once. */
export function watchingFolders(changed: () => unknown) {
  const stops = new Map<string, () => void>();
  return {
    watch(bindings: Readonly<Record<string, OriginBinding>>): void {
      for (const binding of Object.values(bindings)) {
        if ('folder' in binding && !stops.has(binding.folder))
          stops.set(binding.folder, watching(binding.folder, changed));
      }
    },
    stop(): void {
      for (const stop of stops.values()) stop();
    },
  };
}
