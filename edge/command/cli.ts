#!/usr/bin/env node
import module from 'node:module';

// The next start then needs not compile again. Only later imports are kept, and Node 20 has no such function.
module.enableCompileCache?.();
await import('./main.ts');
