import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from './ports.ts';

export const WEBKIT_PROGRAMS = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb'];
const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
/** The name by which WebDriver marks an element (W3C WebDriver, section 12). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** WebKitGTK's own browser with a profile of its own, driven by WebDriver, on a virtual screen. */
export async function startWebKit() {
  const [port = 0] = await freePorts(1);
  const screen = `:${(port % 30_000) + 100}`;
  const display = spawn('Xvfb', [screen, '-nolisten', 'tcp', '-displayfd', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const ready = display.stdio[3];
  if (ready) await once(ready, 'data');
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: screen, WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  });

  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
    });
    const { value } = parseAnswer(await answer.text());
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }

  /** WebDriver has no console, so this list stays empty. */
  const errors: string[] = [];
  const session = await open();
  const at = (path: string) => `/session/${session}${path}`;
  const run = (script: string) =>
    call('POST', at('/execute/sync'), { script: `return (${script})`, args: [] });
  const find = async (selector: string) =>
    parseElement(await call('POST', at('/element'), { using: 'css selector', value: selector }));
  const type = async (selector: string, text: string) => {
    await call('POST', at(`/element/${await find(selector)}/value`), { text });
  };

  /** Tries again until the driver listens. The driver does not say when it does. */
  async function open(): Promise<string> {
    for (let tries = 1; ; tries++) {
      try {
        const browserOptions = { binary: MINI_BROWSER, args: ['--automation'] };
        const capabilities = {
          alwaysMatch: { acceptInsecureCerts: true, 'webkitgtk:browserOptions': browserOptions },
        };
        return parseSession(await call('POST', '/session', { capabilities }));
      } catch (error) {
        if (tries > 100 || !(error instanceof TypeError)) throw error;
        await pause(100);
      }
    }
  }

  return {
    open: async (url: string) => void (await call('POST', at('/url'), { url })),
    run,
    type,
    upload: type,
    errors,
    async close(): Promise<void> {
      await call('DELETE', at('')).catch(() => {});
      for (const child of [driver, display]) {
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }
    },
  };
}

function parseAnswer(json: string) {
  return JSON.parse(json) as { value: unknown };
}

function parseSession(value: unknown): string {
  return (value as { sessionId: string }).sessionId;
}

function parseElement(value: unknown): string {
  return (value as Record<string, string>)[ELEMENT] ?? '';
}
