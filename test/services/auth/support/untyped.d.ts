/** The little of dynalite, as a server, that is called here. */
declare module 'dynalite' {
  function dynalite(options: { path?: string; createTableMs: number }): import('node:http').Server;
  export = dynalite;
}
