import type { SettingFault } from '../core/origins.ts';

/** What is wrong with a value. The path is that of the value, such as `publicKeys[0].pem`. */
export interface Fault extends SettingFault {
  kind: 'missing' | 'unknown' | 'wrong';
}

export type ReportFault = (path: string, message: string, kind?: Fault['kind']) => void;

/** Reads values one after the other, and notes faults. A fault names the value, and never quotes it. */
export interface ValueReader {
  /** A value that must be there. If it is missing, the result is `''` and a fault. */
  text(name: string): string;
  optionalText(name: string): string | undefined;
  flag(name: string): boolean;
  /** A whole number, or `fallback` if it is left out. */
  whole(name: string, from: number, to: number, fallback: number): number;
  fault: ReportFault;
}

/** @param faults takes each fault */
export function createValueReader(raw: Record<string, unknown>, faults: Fault[]): ValueReader {
  const fault: ReportFault = (path, message, kind = 'wrong') => void faults.push({ path, message, kind });

  function optionalText(name: string): string | undefined {
    const value = raw[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') fault(name, 'must be a string');
    else if (value.trim() === '') fault(name, 'is empty');
    else return value;
    return undefined;
  }

  return {
    fault,
    optionalText,
    text(name) {
      if (raw[name] === undefined) fault(name, 'is missing', 'missing');
      return optionalText(name) ?? '';
    },
    flag(name) {
      const value = raw[name] ?? false;
      if (typeof value !== 'boolean' || raw[name] === null) fault(name, 'must be true or false');
      return value === true;
    },
    whole(name, from, to, fallback) {
      const value = raw[name] === undefined ? fallback : raw[name];
      if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
      fault(name, `must be a whole number, ${from} to ${to}`);
      return fallback;
    },
  };
}
