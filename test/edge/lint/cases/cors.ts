import type { Cases } from './templates.ts';

/** Which pages may read answers. */
export const CORS: Cases = {
  'any origin, with credentials, by headers written out': {
    change: [
      ["Items: ['https://app.example.com']", 'Items: []'],
      [
        'Items: [{ Header: Cache-Control',
        "Items: [{ Header: Access-Control-Allow-Origin, Value: '*', Override: true }, { Header: Cache-Control",
      ],
    ],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CustomHeadersConfig'],
  },
  'any origin, with credentials': {
    change: [["Items: ['https://app.example.com']", "Items: ['*']"]],
    finds: ['error cors-any-origin Headers.ResponseHeadersPolicyConfig.CorsConfig.AccessControlAllowOrigins'],
  },
  'any origin, without credentials': {
    change: [
      ["Items: ['https://app.example.com']", "Items: ['*']"],
      ['AccessControlAllowCredentials: true', 'AccessControlAllowCredentials: false'],
    ],
    finds: [],
  },
  'a function gives back whatever origin asks': {
    change: [
      [
        'function handler(event) { return event.response; }',
        `function handler(event) {
          event.response.headers['access-control-allow-origin'] = { value: event.request.headers.origin.value };
          event.response.headers['access-control-allow-credentials'] = { value: 'true' };
          return event.response;
        }`,
      ],
    ],
    finds: ['error cors-any-origin OnResponse.FunctionCode'],
  },
};
