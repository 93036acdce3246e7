import { destination, type Logger, pino } from 'pino';

/**
 * JSON lines on stdout. Written in blocks of 4 KiB, or after 200 ms where fewer come: one write per line would be a
 * system call per request.
 */
export function createLogger(level = 'info'): Logger {
  const stdout = destination({ dest: 1, minLength: 4096, periodicFlush: 200, sync: true });
  process.once('exit', () => stdout.flushSync());
  return pino({ name: 'edge', level, timestamp: pino.stdTimeFunctions.isoTime }, stdout);
}
