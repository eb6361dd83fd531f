/** What cloudfront-js-2.0 has besides ECMAScript (DG: functions-javascript-runtime-20). */
declare function atob(base64: string): string;
declare function btoa(binary: string): string;
declare const Buffer: { byteLength(text: string): number };

/** The runtime has this method of ES2021, but no others. */
interface String {
  replaceAll(search: string, replacement: string): string;
}
