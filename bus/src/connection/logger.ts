import { pino } from 'pino';

/** Where the bus writes what no caller may see: the text of unknown throws, reconnects. Pino's shape. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Whether lines of a level are written; asked before a line is made that most processes do not want. Default: all are. */
  isLevelEnabled?(level: string): boolean;
}

/** JSON lines on standard output, from `LOG_LEVEL` (default `info`) upwards. */
export function defaultLogger(name: string): Logger {
  return pino({ name, level: process.env.LOG_LEVEL ?? 'info', timestamp: pino.stdTimeFunctions.isoTime });
}
