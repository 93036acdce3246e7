import { type Bus, connect, implement } from '@busline/bus';
import { startTelemetry } from '@busline/bus/telemetry';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { CALL_TIMEOUT_MS, type ClientSide, type ServerSide } from '../subject.ts';
import { TELEMETRY_ENVIRONMENTS, type TelemetryMode } from './modes.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };

/** Joins the bus as a worker process does that tells of itself so. */
async function join(mode: TelemetryMode, natsUrl: string): Promise<Bus> {
  const name = `bench-${mode}`;
  const telemetry =
    mode === 'absent'
      ? undefined
      : startTelemetry({
          service: name,
          version: '1.0.0',
          log: quiet,
          env: TELEMETRY_ENVIRONMENTS[mode],
        });
  const bus = await connect({ servers: natsUrl, name, logger: quiet, timeoutMs: CALL_TIMEOUT_MS });
  await telemetry?.attach(bus);
  return bus;
}

export async function serve(mode: TelemetryMode, natsUrl: string): Promise<ServerSide> {
  const bus = await join(mode, natsUrl);
  const echo = implement(EchoService, { echo: ({ payload }) => ({ payload }) });
  await bus.serve({ name: 'bench-echo', version: '1.0.0', services: [echo] });
  return { address: '' };
}

/** Calls whose traces begin here: the caller decides which are recorded. */
export async function dial(mode: TelemetryMode, natsUrl: string): Promise<ClientSide> {
  const client = (await join(mode, natsUrl)).client(EchoService);
  return { echo: async (payload) => (await client.echo({ payload })).payload };
}
