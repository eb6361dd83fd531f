// `import('node:http')` reads all that node:http exports, and its `WebSocket` loads a second HTTP client: 20 ms of a start.
module.exports = process.getBuiltinModule('node:http');
