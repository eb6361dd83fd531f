/** What cloudfront-js-2.0 has besides ECMAScript (DG: functions-javascript-runtime-20). */
declare function atob(base64: string): string;
declare function btoa(binary: string): string;
declare const Buffer: { byteLength(text: string): number };

/** ES2021, which the rest of the runtime is not. */
interface String {
  replaceAll(search: string, replacement: string): string;
}
