import { HealthCheckResponse_ServingStatus as Status } from '@busline/schemas/grpc/health/v1/health';
import { describe, expect, it } from 'vitest';
import { loadKitchenSink } from '../../testing/kitchen-sink.ts';
import { routeTableOf } from '../../testing/route-table-of.ts';
import { createServiceHealth, type HealthSources } from './service-health.ts';

const sink = loadKitchenSink();
const table = routeTableOf([{ desc: sink.service, registry: sink.registry }]);
const name = sink.service.typeName;

function healthOf(sources: Partial<HealthSources>, freshMs?: number) {
  const asked: string[] = [];
  const served = async (service: string) => {
    asked.push(service);
    return true;
  };
  return {
    asked,
    health: createServiceHealth({ table: () => table, isReady: () => true, served, ...sources }, freshMs),
  };
}

describe('createServiceHealth()', () => {
  it.each([
    [true, Status.SERVING],
    [false, Status.NOT_SERVING],
  ])('tells of the edge whether it is ready: %s', async (ready, status) => {
    expect(await healthOf({ isReady: () => ready }).health.status('')).toBe(status);
  });

  it.each([
    [true, Status.SERVING],
    [false, Status.NOT_SERVING],
  ])('tells of a service whether somebody serves it: %s', async (is, status) => {
    expect(await healthOf({ served: async () => is }).health.status(name)).toBe(status);
  });

  it('does not know what nobody announced, and asks nobody about it', async () => {
    const { health, asked } = healthOf({});
    expect(await health.status('nope.v1.Nope')).toBe(Status.SERVICE_UNKNOWN);
    expect(asked).toEqual([]);
  });

  it('asks once for all who want to know at about the same time', async () => {
    const { health, asked } = healthOf({}, 60_000);
    await Promise.all([health.status(name), health.status(name)]);
    await health.status(name);
    expect(asked).toEqual([name]);
  });

  it('asks again when an answer is old', async () => {
    const { health, asked } = healthOf({}, 0);
    await health.status(name);
    await health.status(name);
    expect(asked).toEqual([name, name]);
  });
});
