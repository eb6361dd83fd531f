import { type ForkOptions, fork } from 'node:child_process';
import { once } from 'node:events';

/** A message has no type until its receiver gives it one. */
type Message = ReturnType<typeof JSON.parse>;

/** A script in a process of its own, which ends when its channel is closed. */
export interface Child {
  pid: number;
  /** The first message, which says that the script is ready. */
  ready: Message;
  /** Sends a message, and returns the next one that comes. */
  ask(message: string): Promise<Message>;
  stop(): Promise<void>;
}

/**
 * Starts a script, and waits for its first message.
 * @param options sent to the script in a first message
 * @throws Error if the script ends instead
 */
export async function startChild(
  script: URL,
  options?: object,
  { args = [], ...how }: ForkOptions & { args?: string[] } = {},
): Promise<Child> {
  const child = fork(script, args, how);
  // The log is read, as in a deployment.
  child.stdout?.resume();
  const exited = once(child, 'exit');
  const next = async (): Promise<Message> => {
    const ended = exited.then(([code]) => {
      throw new Error(`${script.pathname} has ended with status ${code}`);
    });
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  if (options) child.send(options);
  return {
    pid: child.pid ?? 0,
    ready: await next(),
    ask(message) {
      child.send(message);
      return next();
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
