// Gives Node the globals of React Native, from its own sources, and takes away what it lacks. Its fetch is whatwg-fetch
// on XMLHttpRequest. A small XMLHttpRequest is here in place of the native one.
const fetchOfNode = globalThis.fetch;
globalThis.nativeModuleProxy = {};
const { URL, URLSearchParams } = require('./node_modules/react-native/Libraries/Blob/URL');
const {
  AbortController,
} = require('./node_modules/react-native/src/private/webapis/dom/abort-api/AbortController');
const {
  AbortSignal_public: AbortSignal,
} = require('./node_modules/react-native/src/private/webapis/dom/abort-api/AbortSignal');

class XMLHttpRequest {
  headers = [];
  open(method, url) {
    Object.assign(this, { method, responseURL: url });
  }
  setRequestHeader(...header) {
    this.headers.push(header);
  }
  getAllResponseHeaders() {
    return this.answered.map((header) => header.join(': ')).join('\r\n');
  }
  async send(body) {
    const { method, headers, responseURL } = this;
    try {
      const answer = await fetchOfNode(responseURL, { method, headers, body });
      this.response = await answer.text();
      this.answered = [...answer.headers];
      Object.assign(this, { status: answer.status, readyState: 4 });
      this.onload();
      this.onreadystatechange();
    } catch {
      this.onerror();
    }
  }
}

const there = { URL, URLSearchParams, AbortController, AbortSignal, XMLHttpRequest };
const lacking = ['fetch', 'Headers', 'Request', 'Response', 'crypto'];
for (const name of lacking) there[name] = undefined;
for (const [name, value] of Object.entries(there)) {
  Object.defineProperty(globalThis, name, { value, writable: true });
}
require('whatwg-fetch');
