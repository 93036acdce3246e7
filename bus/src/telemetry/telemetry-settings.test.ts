import { describe, expect, it } from 'vitest';
import { readTelemetrySettings } from './telemetry-settings.ts';

describe('readTelemetrySettings()', () => {
  it('records the first hundred traces of a second, and exports nothing, unless told otherwise', () => {
    const { sampling, otlpTraces, otlpMetrics, metrics } = readTelemetrySettings({});
    expect(Array.from({ length: 150 }, () => sampling?.root(5)).filter(Boolean)).toHaveLength(100);
    expect({ otlpTraces, otlpMetrics, metrics }).toEqual({
      otlpTraces: false,
      otlpMetrics: false,
      metrics: undefined,
    });
  });

  it.each([
    [{ OTEL_SDK_DISABLED: 'true' }, undefined],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, undefined],
    [{ OTEL_TRACES_SAMPLER: 'always_on' }, [true, true, true]],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_on' }, [true, true, false]],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, [false, true, false]],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, [false, false, false]],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, [true, true, false]],
    [{ BUSLINE_TRACES_PER_SECOND: '0' }, [false, true, false]],
  ])('%j decides about roots, sampled parents and others', (env, decisions) => {
    const { sampling } = readTelemetrySettings(env);
    expect(sampling && [sampling.root(0), sampling.remote(true), sampling.remote(false)]).toEqual(decisions);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, [true, true]],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, [true, false]],
    [{ OTEL_METRICS_EXPORTER: 'otlp' }, [false, true]],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_EXPORTER: 'none' }, [false, true]],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_SDK_DISABLED: 'TRUE' }, [false, false]],
  ])('%j exports traces and metrics', (env, exported) => {
    const { otlpTraces, otlpMetrics } = readTelemetrySettings(env);
    expect([otlpTraces, otlpMetrics]).toEqual(exported);
  });

  it('serves metrics where it is told to', () => {
    expect(readTelemetrySettings({ METRICS_PORT: '9464' }).metrics).toEqual({
      host: '127.0.0.1',
      port: 9464,
    });
    expect(readTelemetrySettings({ METRICS_PORT: '1', METRICS_HOST: '::' }).metrics).toEqual({
      host: '::',
      port: 1,
    });
  });

  it.each([
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER'],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG'],
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
    [{ BUSLINE_TRACES_PER_SECOND: '1.5' }, 'BUSLINE_TRACES_PER_SECOND'],
    [{ METRICS_PORT: 'many' }, 'METRICS_PORT'],
  ])('%j is refused by the name of its variable', (env, variable) => {
    expect(() => readTelemetrySettings(env)).toThrow(new RegExp(`^${variable} must be`));
  });
});
