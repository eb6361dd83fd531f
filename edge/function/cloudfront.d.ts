/** The runtime's module for KeyValueStores (DG: functions-custom-methods). */
declare module 'cloudfront' {
  const cf: { kvs(): import('./event.ts').KeyValueStore };
  // biome-ignore lint/style/noDefaultExport: it is what the runtime gives
  export default cf;
}
