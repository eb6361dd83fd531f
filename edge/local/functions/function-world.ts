/**
 * The globals and modules of cloudfront-js-2.0 (DG: JavaScript runtime 2.0 features). This script runs once in a context
 * of its own. The script removes globals that the runtime lacks, and adds globals that the runtime has. The script
 * returns the functions that this process calls. The code of a function cannot see `host`. Only strings, numbers and
 * `undefined` cross `host`, so no object of Node gets in. An error of Node, such as a stack overflow, stays outside as
 * well.
 */
export const FUNCTION_WORLD = String.raw`'use strict';
(() => {
  const host = {};
  for (const [name, given] of Object.entries(globalThis.host)) {
    host[name] = typeof given !== 'function' ? given : (one, two, three) => {
      try { return given(one, two, three); } catch { throw new TypeError('invalid argument'); }
    };
  }
  for (const name of ['host', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'Intl', 'WeakRef', 'FinalizationRegistry'])
    delete globalThis[name];

  // The state of one call.
  let nowMs = 0, event, outcome, originId;

  const RealDate = Date;
  globalThis.Date = function Date(...parts) {
    if (!new.target) return new RealDate(nowMs).toString();
    return Reflect.construct(RealDate, parts.length === 0 ? [nowMs] : parts, new.target);
  };
  Date.prototype = RealDate.prototype;
  Date.prototype.constructor = Date;
  Object.assign(Date, { now: () => nowMs, parse: RealDate.parse, UTC: RealDate.UTC });

  const ENCODINGS = ['utf8', 'utf-8', 'hex', 'base64', 'base64url', 'latin1'];
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
  const viewOf = (bytes, at, size) => {
    const isThere = Number.isInteger(at) && at >= 0 && size >= 1 && size <= 8 && at + size <= bytes.length;
    if (!isThere) throw new RangeError('invalid index');
    return new DataView(bytes.buffer, bytes.byteOffset + at, size);
  };
  const define = (name, value) => {
    for (const one of [name, name.replace('UInt', 'Uint')])
      Object.defineProperty(Buffer.prototype, one, { value, writable: true, configurable: true });
  };
  for (const [name, kind, size] of [['Int8', 'Int8', 1], ['UInt8', 'Uint8', 1], ['Int16', 'Int16', 2], ['UInt16', 'Uint16', 2],
    ['Int32', 'Int32', 4], ['UInt32', 'Uint32', 4], ['Float', 'Float32', 4], ['Double', 'Float64', 8]]) {
    for (const end of size === 1 ? [''] : ['BE', 'LE']) {
      define('read' + name + end, function (at = 0) { return viewOf(this, at, size)['get' + kind](0, end === 'LE'); });
      define('write' + name + end, function (value, at = 0) {
        viewOf(this, at, size)['set' + kind](0, value, end === 'LE');
        return at + size;
      });
    }
  }
  const base64 = (operation) => (given) => {
    const answer = operation(String(given));
    if (answer === undefined) throw new TypeError('invalid characters');
    return answer;
  };

  const hashing = (algorithm, key) => {
    if (!['md5', 'sha1', 'sha256'].includes(algorithm)) throw new TypeError('not supported algorithm: ' + algorithm);
    let data = '', isDone = false;
    const open = () => { if (isDone) throw new Error('Digest already called'); };
    const hash = {
      update(part) { open(); data += latin1Of(part); return hash; },
      digest(encoding) {
        open();
        isDone = true;
        const bytes = toBytes(host.digest(algorithm, key, data));
        return encoding === undefined ? bytes : bytes.toString(encoding);
      },
    };
    return hash;
  };

  const escape = (text) => encodeURIComponent(text);
  const unescape = (text) => {
    try { return decodeURIComponent(text); } catch (error) {
      const bytes = host.decode(text, 'utf8').replace(/%([0-9A-Fa-f]{2})/g, (_all, hex) => String.fromCharCode(parseInt(hex, 16)));
      return host.encode(bytes, 'utf8');
    }
  };
  const parse = (text, separator = '&', equal = '=', options = {}) => {
    const decode = options.decodeURIComponent || querystring.unescape;
    const maxKeys = options.maxKeys === undefined ? 1000 : options.maxKeys;
    const parts = text === '' ? [] : text.split(separator);
    const found = {};
    for (const part of maxKeys > 0 ? parts.slice(0, maxKeys) : parts) {
      if (part === '') continue;
      const at = part.indexOf(equal);
      const [name, one] = (at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + equal.length)])
        .map((piece) => decode(piece.replace(/\+/g, ' ')));
      found[name] = Object.hasOwn(found, name) ? [].concat(found[name], one) : one;
    }
    return found;
  };
  const stringify = (values, separator = '&', equal = '=', options = {}) => {
    const encode = options.encodeURIComponent || querystring.escape;
    const text = (one) => encode(typeof one === 'object' || one === undefined ? '' : String(one));
    return Object.entries(values)
      .flatMap(([name, all]) => [].concat(all).map((one) => encode(name) + equal + text(one)))
      .join(separator);
  };
  const querystring = { escape, unescape, parse, stringify, decode: parse, encode: stringify };

  const read = (key) => {
    const found = host.read(String(key));
    if (found === false) throw new Error('the KeyValueStore cannot be read');
    return found;
  };
  const store = {
    async exists(key) { return read(key) !== undefined; },
    async get(key, options) {
      const found = read(key);
      if (found === undefined) throw new Error('KeyNotFound');
      const format = options && options.format !== undefined ? options.format : 'string';
      if (format === 'string') return found;
      if (format === 'json') return JSON.parse(found);
      if (format === 'bytes') return Buffer.from(found);
      throw new TypeError('unknown format: ' + format);
    },
    async count() { return host.count(); },
  };
  const kvs = () => {
    if (!host.hasStore) throw new Error('no KeyValueStore is associated with the function');
    return store;
  };
  // The last choice counts.
  const cloudfront = { kvs, selectRequestOriginById(id) { originId = String(id); } };
  for (const name of ['updateRequestOrigin', 'createRequestOriginGroup'])
    cloudfront[name] = () => { throw new Error(name + ' is not modelled here'); };
  const modules = {
    buffer: { Buffer },
    crypto: { createHash: (name) => hashing(name), createHmac: (name, key) => hashing(name, latin1Of(key)) },
    querystring,
    cloudfront,
  };
  const require = (name) => {
    if (!Object.hasOwn(modules, name)) throw new Error('cannot find module: ' + name);
    return modules[name];
  };

  const shown = (part) => {
    if (typeof part === 'string') return part;
    try { return JSON.stringify(part); } catch (error) { return String(part); }
  };
  const print = (...parts) => host.print(parts.map(shown).join(' '));

  Object.assign(globalThis, {
    Buffer,
    atob: base64(host.atob),
    btoa: base64(host.btoa),
    console: { assert() {}, error: print, log: print },
    TextEncoder: class { encode(text) { return new Uint8Array(Buffer.from(String(text === undefined ? '' : text))); } },
    TextDecoder: class { decode(bytes) { return bytes === undefined ? '' : host.encode(toLatin1(bytes), 'utf8'); } },
  });

  return {
    // Throws if the code cannot run or has no handler.
    check(load) { if (typeof load(require) !== 'function') throw new TypeError('handler is not a function'); },
    begin(startedAtMs, distributionId, eventType, requestId, ip, method, uri, rawQuery) {
      nowMs = startedAtMs;
      originId = undefined;
      const context = { distributionDomainName: distributionId.toLowerCase() + '.cloudfront.net', distributionId, eventType, requestId };
      const request = { method, uri, querystring: {}, headers: {}, cookies: {}, rawQueryString: () => rawQuery };
      event = { version: '1.0', context, viewer: { ip }, request };
    },
    response(statusCode, statusDescription) {
      event.response = { statusCode, statusDescription, headers: {}, cookies: {} };
      if (statusDescription === undefined) delete event.response.statusDescription;
    },
    // The first value of a name has all of them.
    put(message, kind, name, value, attributes) {
      const values = event[message][kind];
      const one = attributes === undefined ? { value } : { value, attributes };
      if (Object.hasOwn(values, name)) {
        const first = values[name];
        if (!first.multiValue) first.multiValue = [{ ...first }];
        first.multiValue.push(one);
      } else if (name !== '__proto__') values[name] = one;
      else Object.defineProperty(values, name, { value: one, enumerable: true, configurable: true, writable: true });
    },
    // Each call has its own outcome. A promise of an earlier call cannot change the outcome of a later call.
    run(load) {
      const mine = outcome = { state: 'pending' };
      const settle = (state) => (given) => { mine.state = state; mine.value = given; };
      try {
        const returned = load(require)(event);
        if (returned && typeof returned.then === 'function') returned.then(settle('returned'), settle('threw'));
        else settle('returned')(returned);
      } catch (error) { settle('threw')(error); }
    },
    state: () => outcome.state,
    result: () => outcome.value,
    originId: () => originId,
    reason: () => String(outcome.value),
    stack: () => outcome.value instanceof Error ? String(outcome.value.stack) : '',
  };
})()`;
