/** How a process tells of itself, as its environment says; undefined where nothing of it is started. */
export type TelemetryMode = 'on' | 'all' | 'off' | 'absent';

type Environment = Readonly<Record<string, string>>;

/** What `startTelemetry` reads. `absent` has no entry: there it is not called. */
export const TELEMETRY_ENVIRONMENTS: Readonly<Record<Exclude<TelemetryMode, 'absent'>, Environment>> = {
  on: {},
  all: { OTEL_TRACES_SAMPLER: 'always_on' },
  off: { OTEL_SDK_DISABLED: 'true' },
};
