import type { Duration } from '@bufbuild/protobuf/wkt';

/** The name of a span without the package that its method or event is in: lines are narrow. */
export function shortName(name: string): string {
  return name.replace(/(?:[a-z_][a-z0-9_]*\.)+(?=[A-Z])/g, '');
}

/** Milliseconds, with what is below one. */
export function exactMs(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1_000 + duration.nanos / 1e6;
}
