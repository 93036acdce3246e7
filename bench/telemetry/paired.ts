// What telemetry costs a call, on a machine that has other things to do: caller and worker with telemetry and without it
// take turns in one process, 60 ms each, so that whatever disturbs one disturbs the other.
//
//     node bench/telemetry/paired.ts [all]
//
// `all` records every call, instead of the default.
import { connect, implement } from '@busline/bus';
import { startTelemetry } from '@busline/bus/telemetry';
import { findNatsServer } from '@busline/infra/nats';
import { EchoService } from '@busline/schemas/busline/bench/v1/bench';
import { startBroker } from '../measure/bench-broker.ts';
import { median } from '../measure/statistics.ts';
import { TELEMETRY_ENVIRONMENTS } from '../subjects/telemetry/modes.ts';

const sliceMs = 60;
const slices = 60;
const warmUpSlices = 15;
const inFlight = 64;
const payload = new Uint8Array(32);
const quiet = { debug() {}, info() {}, warn() {}, error() {}, isLevelEnabled: () => false };

await using cleanup = new AsyncDisposableStack();
const broker = await startBroker(await findNatsServer(), cleanup);

/** A caller and a worker that see nobody else. Telemetry is asked for once, when they join. */
async function join(subjectPrefix: string) {
  const options = { servers: broker.url, logger: quiet, subjectPrefix };
  const worker = await connect(options);
  const echo = implement(EchoService, { echo: ({ payload: bytes }) => ({ payload: bytes }) });
  await worker.serve({ name: 'bench-echo', version: '1.0.0', services: [echo] });
  const caller = await connect(options);
  cleanup.defer(async () => {
    await caller.drain();
    await worker.drain();
  });
  return { caller, client: caller.client(EchoService) };
}

/** CPU of a call in one slice, in microseconds: of caller and worker, without the broker. */
async function cpuOfSlice({ client }: Awaited<ReturnType<typeof join>>): Promise<number> {
  const untilMs = performance.now() + sliceMs;
  let calls = 0;
  const before = process.cpuUsage();
  const call = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      await client.echo({ payload });
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, call));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const absent = await join('absent');
const again = await join('again');
const env = TELEMETRY_ENVIRONMENTS[process.argv[2] === 'all' ? 'all' : 'on'];
const telemetry = startTelemetry({ service: 'bench', version: '1.0.0', log: quiet, env });
const on = await join('on');
await telemetry.attach(on.caller);

const sides = [absent, on, again];
const cpuUs: number[][] = [[], [], []];
for (let slice = 0; slice < warmUpSlices + slices; slice++) {
  // Back and forth, so that none always follows the same one.
  const order = slice % 2 === 0 ? [0, 1, 2] : [2, 1, 0];
  for (const side of order) {
    const measured = await cpuOfSlice(sides[side] as (typeof sides)[number]);
    if (slice >= warmUpSlices) cpuUs[side]?.push(measured);
  }
}
const [ofAbsent = [], ofOn = [], ofAgain = []] = cpuUs;
const ratio = (those: readonly number[]): string =>
  median(those.map((us, at) => us / (ofAbsent[at] as number))).toFixed(3);
console.log(
  `without telemetry ${median(ofAbsent).toFixed(2)} µs a call, with it ${median(ofOn).toFixed(2)} µs`,
);
console.log(
  `ratio ${ratio(ofOn)}; of a second side without it, which is what the measurement can tell: ${ratio(ofAgain)}`,
);
await telemetry.stop();
