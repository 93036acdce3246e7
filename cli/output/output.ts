import type { Sink } from '../program/program-io.ts';
import { jsonText } from './json-text.ts';
import { createPaint, type Paint } from './paint.ts';
import { type Column, renderTable } from './table.ts';

/** Where a command writes: data to standard output, words about it to standard error. */
export interface Output {
  /** Data is to be JSON, and errors too. */
  readonly json: boolean;
  /** Lines of the terminal, as they are now. */
  readonly height: number | undefined;
  /** Columns of the terminal, as they are now; unlimited where standard output is none. */
  readonly width: number;
  /** Whether standard output is a terminal that lines can be drawn again on. */
  readonly isTerminal: boolean;
  /** For data. */
  readonly paint: Paint;
  /** For messages, which may go elsewhere than data. */
  readonly messagePaint: Paint;
  /** A line of data. */
  line(text?: string): void;
  /** Data as it is. */
  write(data: string | Uint8Array): void;
  /** Resolves when more may be written: whoever writes without end waits, so that nothing piles up. */
  drained(): Promise<void>;
  /** A whole document. */
  document(value: unknown): void;
  /** One of many documents: one line each. */
  record(value: unknown): void;
  /** A table, and what to say where it has no rows. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], empty: string): void;
  /** A message. */
  note(text: string): void;
}

export interface OutputOptions {
  readonly json: boolean;
  /** False: no colours anywhere. */
  readonly color: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

export function createOutput({ json, color, env, stdout, stderr }: OutputOptions): Output {
  const coloured = (stream: Sink) => color && stream.isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
  const paint = createPaint(coloured(stdout));
  const messagePaint = createPaint(coloured(stderr));
  const columns = Number(env.COLUMNS);
  const widthNow = (): number => (columns > 0 ? columns : (stdout.columns ?? Number.POSITIVE_INFINITY));
  const line = (text = ''): void => {
    stdout.write(`${text}\n`);
  };
  const note = (text: string): void => {
    stderr.write(`${text}\n`);
  };
  return {
    json,
    get width() {
      return widthNow();
    },
    isTerminal: stdout.isTerminal && env.TERM !== 'dumb',
    get height() {
      return stdout.rows;
    },
    paint,
    messagePaint,
    drained: () => stdout.drained(),
    line,
    note,
    write(data) {
      stdout.write(data);
    },
    document: (value) => line(jsonText(value, 2)),
    record: (value) => line(jsonText(value)),
    table(columns, rows, empty) {
      if (rows.length === 0) note(messagePaint.dim(empty));
      else for (const text of renderTable(columns, rows, widthNow(), paint.dim)) line(text);
    },
  };
}
