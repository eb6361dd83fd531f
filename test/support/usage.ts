import process from 'node:process';

/**
 * Reads the arguments of a program. With `--help`, it prints the usage and ends the process. If `read` throws, it prints
 * the fault and the usage, and ends with status 2.
 */
export function readArguments<T>(usage: string, read: () => T): T {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return read();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
}
