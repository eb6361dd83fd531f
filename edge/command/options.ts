import { existsSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { OriginBinding } from '@cloudfront-cookie-gateway/local-cloudfront/template/origins';

export const HELP = `edge-local <template> [options]             serves its distributions on loopback, until it is stopped
edge-local sign <url> --keys <folder>       prints a signed URL; with --cookies the Cookie header for a pattern such as http://…/a/*
edge-local lint <template>                  finds what makes private content public or a template fail; --json; status 1 with a finding

<template>               the output of cdk synth (cdk.out/App.template.json), or CloudFormation or SAM in YAML; --template <file> is the same
--distribution <id>      one of several, by its logical id; without it each gets a port, from --port on
--bucket <name>=<where>  a folder, served read only: ./site. Or an S3 endpoint: http://localhost:9090, asked with
                         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. A bucket without a name has its logical id in lower case
--origin <id>=<url>      the address of a custom origin: http://localhost:4000
--value <name>=<value>   a parameter, an import, or an attribute such as Api.RootResourceId
--header <name>=<value>  a header that CloudFront writes about the viewer: CloudFront-Viewer-Country=DE
--store <id>=<file>      entries of a KeyValueStore: { "data": [{ "key": "…", "value": "…" }] }
--ignore <property>      leaves out a property that is not modelled, such as TenantConfig; a line at the start says so
--port <number>          8080; 0 is any free port, which a line at the start tells
--keys <folder>          a folder for new keys; they replace the template's keys, whose private halves are not here
--https                  HTTPS and HTTP on each port, with a certificate of its own, kept beside the keys (or in .edge-local)
--explain                each answer says in x-edge-explain which step decided, and why
--version
What a template needs and no option gives is guessed, and a line says so: the folder ./<bucket>, a value, a server that answers 501.
Changes of the template, of entries and folders count at once. If the new template has a fault, the old one stays.`;

export class UsageError extends Error {}

export interface Options {
  command: (typeof COMMANDS)[number];
  operands: string[];
  template: string | undefined;
  distribution: string | undefined;
  port: number;
  keys: string | undefined;
  explain: boolean;
  https: boolean;
  cookies: boolean;
  json: boolean;
  /** The seconds for which a signature is good. */
  lifetimeSeconds: number;
  ignore: string[];
  origins: Record<string, OriginBinding>;
  values: Record<string, string>;
  viewerHeaders: Record<string, string>;
  /** The file of a KeyValueStore's entries, by the store's logical id. */
  stores: Record<string, string>;
}

const COMMANDS = ['serve', 'sign', 'lint', 'help', 'version'] as const;
/** The first word is a template, and not a command. */
const TEMPLATE = /\.(?:json|ya?ml|template)$/;

const many = { type: 'string', multiple: true, default: [] as string[] } as const;

/** @throws UsageError */
export function parseOptions(args: string[], env = process.env): Options {
  const { values, positionals } = parsed(args);
  const [word = 'serve', ...operands] = positionals;
  const file = TEMPLATE.test(word) || existsSync(word) ? word : undefined;
  const wanted = file === undefined ? word : 'serve';
  const command = COMMANDS.find(
    (name) => name === (values.help ? 'help' : values.version ? 'version' : wanted),
  );
  if (!command) throw new UsageError(`there is no command ${word}; see edge-local --help`);
  const port = Number(values.port);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new UsageError(`--port ${values.port} is not a port`);
  const lifetimeSeconds = Number(values.seconds);
  if (!(lifetimeSeconds > 0)) throw new UsageError(`--seconds ${values.seconds} is not a number of seconds`);
  return {
    command,
    operands,
    port,
    lifetimeSeconds,
    template: values.template ?? file,
    distribution: values.distribution,
    keys: values.keys,
    explain: values.explain,
    https: values.https,
    cookies: values.cookies,
    json: values.json,
    ignore: values.ignore,
    origins: {
      ...Object.fromEntries(
        pairs('bucket', values.bucket).map(([name, where]) => [name, bucketAt(name, where, env)]),
      ),
      ...Object.fromEntries(pairs('origin', values.origin).map(([id, url]) => [id, { url }])),
    },
    values: Object.fromEntries(pairs('value', values.value)),
    viewerHeaders: Object.fromEntries(pairs('header', values.header)),
    stores: filesOf(values.store),
  };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        template: { type: 'string' },
        distribution: { type: 'string' },
        bucket: many,
        origin: many,
        value: many,
        header: many,
        store: many,
        ignore: many,
        port: { type: 'string', default: '8080' },
        keys: { type: 'string' },
        seconds: { type: 'string', default: '3600' },
        explain: { type: 'boolean', default: false },
        https: { type: 'boolean', default: false },
        cookies: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : HELP, { cause });
  }
}

function pairs(option: string, given: readonly string[]): [name: string, value: string][] {
  return given.map((text) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`--${option} ${text} is not <name>=<value>`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
}

function filesOf(given: readonly string[]): Record<string, string> {
  const files = pairs('store', given);
  for (const [id, file] of files)
    if (!existsSync(file)) throw new UsageError(`--store ${id}=${file}: there is no such file`);
  return Object.fromEntries(files);
}

function bucketAt(bucket: string, where: string, env: NodeJS.ProcessEnv): OriginBinding {
  if (!where.startsWith('http://')) {
    if (!existsSync(where)) throw new UsageError(`--bucket ${bucket}=${where}: there is no such folder`);
    return { folder: where };
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new UsageError('--bucket at an S3 endpoint needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  }
  return { endpoint: where, bucket, accessKeyId, secretAccessKey };
}
