import { once } from 'node:events';

/** Attaches a debugger to a Node process, by the Chrome DevTools Protocol. */
export async function openDebugger(t: { teardown(fn: () => void): void }, port: number) {
  const listed = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(await listed.text());
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  t.teardown(() => socket.close());
  await once(socket, 'open');
  const answers = new Map<number, PromiseWithResolvers<void>>();
  let pause: PromiseWithResolvers<string[]> | undefined;
  let sent = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, error, method, params } = JSON.parse(String(data));
    if (error) answers.get(id)?.reject(new Error(error.message));
    else answers.get(id)?.resolve();
    if (method === 'Debugger.paused') pause?.resolve(params.hitBreakpoints);
  });
  async function command(method: string, params: object = {}): Promise<void> {
    const answer = Promise.withResolvers<void>();
    answers.set(++sent, answer);
    socket.send(JSON.stringify({ id: sent, method, params }));
    await answer.promise;
  }
  await command('Debugger.enable');
  return {
    /** @param lineNumber from 0 */
    breakAt: (file: string, lineNumber: number) =>
      command('Debugger.setBreakpointByUrl', { lineNumber, url: `file://${file}` }),
    /** Waits until the process stops, and returns its breakpoints, each as line and file. */
    paused(): Promise<string[]> {
      pause = Promise.withResolvers<string[]>();
      return pause.promise;
    },
    resume: () => command('Debugger.resume'),
  };
}
