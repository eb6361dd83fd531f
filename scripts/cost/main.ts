import process from 'node:process';
import { page } from './page.ts';

/** Prints docs/cost.md. */
process.stdout.write(page());
