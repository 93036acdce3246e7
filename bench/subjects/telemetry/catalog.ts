import type { Subject } from '../subject.ts';
import type { TelemetryMode } from './modes.ts';

const TITLES: Readonly<Record<TelemetryMode, string>> = {
  on: 'Busline, telemetry as it is by default',
  all: 'every call recorded',
  off: '`OTEL_SDK_DISABLED=true`',
  absent: 'telemetry never started',
};

/** The same calls, by how the processes tell of themselves. */
export const TELEMETRY_SUBJECTS: readonly Subject[] = (Object.keys(TITLES) as TelemetryMode[]).map(
  (mode) => ({
    name: `telemetry-${mode}`,
    title: TITLES[mode],
    needsBroker: true,
    hasStreams: false,
    async loadServer() {
      const { serve } = await import('./sides.ts');
      return { serve: (natsUrl) => serve(mode, natsUrl) };
    },
    async loadClient() {
      const { dial } = await import('./sides.ts');
      return { dial: ({ natsUrl }) => dial(mode, natsUrl) };
    },
  }),
);
