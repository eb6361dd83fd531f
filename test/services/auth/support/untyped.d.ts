/** The types of dynalite as a server: only the parts that are called here. */
declare module 'dynalite' {
  function dynalite(options: { path?: string; createTableMs: number }): import('node:http').Server;
  export = dynalite;
}
