/**
 * `Buffer` as far as AWS lists it, without its numeric methods. It is a part of the function world, and uses `host`.
 */
export const FUNCTION_BUFFER = `  const ENCODINGS = ['utf8', 'utf-8', 'hex', 'base64', 'base64url', 'latin1'];
  const encodingOf = (encoding) => {
    if (encoding === undefined) return 'utf8';
    if (ENCODINGS.includes(encoding)) return encoding;
    throw new TypeError('unknown encoding: ' + encoding);
  };
  const toLatin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const toBytes = (latin1) => Buffer.from(Array.from(latin1, (character) => character.charCodeAt(0)));
  const latin1Of = (data) => typeof data === 'string' ? host.decode(data, 'utf8') : toLatin1(data);

  class Buffer extends Uint8Array {
    static from(given, encoding, length) {
      if (typeof given === 'string') return toBytes(host.decode(given, encodingOf(encoding)));
      if (given instanceof ArrayBuffer) return new Buffer(given, encoding, length);
      return super.from(given.type === 'Buffer' ? given.data : given);
    }
    static alloc(size, fill) { return new Buffer(size).fill(fill === undefined ? 0 : fill); }
    static allocUnsafe(size) { return new Buffer(size); }
    static byteLength(given, encoding) {
      return typeof given === 'string' ? host.byteLength(given, encodingOf(encoding)) : given.byteLength;
    }
    static compare(one, other) { return one.compare(other); }
    static concat(list, length) {
      const bytes = [].concat(...list.map((part) => Array.from(part)));
      return Buffer.from(length === undefined ? bytes : bytes.slice(0, length));
    }
    static isBuffer(given) { return given instanceof Buffer; }
    static isEncoding(given) { return ENCODINGS.includes(given); }
    compare(other) {
      const [one, two] = [toLatin1(this), toLatin1(other)];
      return one < two ? -1 : one > two ? 1 : 0;
    }
    copy(target, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    equals(other) { return this.compare(other) === 0; }
    fill(given, start, end) {
      if (typeof given !== 'string') return super.fill(given, start, end);
      const bytes = Buffer.from(given);
      return this.forEach((_byte, i) => { this[i] = bytes[i % bytes.length]; }), this;
    }
    includes(given, start) { return this.indexOf(given, start) >= 0; }
    indexOf(given, start) {
      return typeof given === 'number' ? super.indexOf(given, start) : toLatin1(this).indexOf(latin1Of(given), start);
    }
    lastIndexOf(given) {
      return typeof given === 'number' ? super.lastIndexOf(given) : toLatin1(this).lastIndexOf(latin1Of(given));
    }
    slice(start, end) { return this.subarray(start, end); }
    toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
    toString(encoding, start, end) {
      return host.encode(toLatin1(this.subarray(start, end)), encodingOf(encoding));
    }
    write(text, at = 0) { return Buffer.from(text).copy(this, at); }
  }
`;
