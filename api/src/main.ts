import { startTelemetry, type Telemetry } from '@busline/bus/telemetry';
import { readConfig } from './config.ts';
import { type EdgeServer, startEdge } from './edge-server.ts';
import { createLogger } from './logger.ts';
import type { ReadyNotice } from './ready-notice.ts';

const log = createLogger(process.env.LOG_LEVEL);
let edge: EdgeServer | undefined;
let telemetry: Telemetry | undefined;
let leaving = false;

process.once('SIGTERM', () => void leave('SIGTERM'));
process.once('SIGINT', () => void leave('SIGINT'));
// A supervisor that was killed cannot send a signal; its end closes the channel.
process.once('disconnect', () => void leave('the parent process ended'));

try {
  telemetry = startTelemetry({ service: 'edge', version: '0.1.0', log, env: process.env });
  edge = await startEdge({ config: readConfig(process.env), log });
  const { host, port, metrics } = edge;
  await telemetry.attach(edge.bus, { own: metrics, system: true });
  log.info({ host, port, instance: edge.bus.instance }, 'listening');
  const notice: ReadyNotice = { type: 'ready', port };
  process.send?.(notice);
} catch (error) {
  log.fatal({ err: error }, 'the edge could not start');
  process.exit(1);
}

async function leave(why: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  log.info({ why }, 'leaving: finishing the requests under way');
  try {
    await edge?.close();
    await telemetry?.stop();
  } catch (error) {
    log.error({ err: error }, 'the edge did not leave cleanly');
    process.exitCode = 1;
  }
  process.exit();
}
