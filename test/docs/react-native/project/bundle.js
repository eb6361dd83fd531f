// node bundle.js <entry> <platform> <output>: what `react-native bundle` does.
import process from 'node:process';
import { getDefaultConfig } from '@react-native/metro-config';
import metro from 'metro';

const [entry, platform, out] = process.argv.slice(2);
const projectRoot = process.cwd();
const config = await metro.loadConfig({ cwd: projectRoot }, getDefaultConfig(projectRoot));
// A program in Node begins without what sets up an app on a phone.
const serializer = { ...config.serializer, getModulesRunBeforeMainModule: () => [] };
await metro.runBuild(
  {
    ...config,
    ...(entry === 'program-there.js' && { serializer }),
    // Nothing is left on this machine.
    cacheStores: [],
    fileMapCacheDirectory: projectRoot,
  },
  { entry, platform, dev: false, minify: false, out },
);
