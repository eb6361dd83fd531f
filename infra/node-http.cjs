// `import('node:http')` reads all exports of node:http, and its `WebSocket` loads a second HTTP client. That takes 20
// ms of a start.
module.exports = process.getBuiltinModule('node:http');
