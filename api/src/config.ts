import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DocsOptions, readDocs } from './docs-page/docs-options.ts';
import { type Environment, maxTimerMs, readSwitch, readWhole } from './environment.ts';
import { defaultLimits, type EdgeLimits } from './limits.ts';
import { parsePolicies } from './policies/configuration/parse-policies.ts';
import type { Access, PolicyConfig } from './policies/configuration/policy-config.ts';
import { isLoopbackName } from './policies/loopback-name.ts';
import { type PortSettings, readPortSettings } from './port/settings.ts';
import type { ErrorFormat } from './rest-route.ts';

/** Settings of an edge process. */
export interface EdgeConfig {
  /** `HOST`. Default 127.0.0.1: nobody else is served until someone decides so. */
  readonly host: string;
  /** `PORT`. Default 8080; 0 takes any free port. */
  readonly port: number;
  /** Connections: TLS, and what a client may hold or keep waiting. */
  readonly connections: PortSettings;
  readonly limits: EdgeLimits;
  /** `REST_ERRORS`: `problem` or `google`. Default `problem`. */
  readonly errorFormat: ErrorFormat;
  /** `EDGE_ACCESS`, and the file that `EDGE_CONFIG` names (docs/security.md). Default: only public methods can be called. */
  readonly policies: PolicyConfig;
  /** `SHUTDOWN_GRACE_MS`: how long requests under way may take when the process leaves. Default 15 seconds. */
  readonly shutdownGraceMs: number;
  /** `DOCS=off` switches off the pages about what is served; `API_TITLE` and `API_VERSION` say what stands in them. */
  readonly docs: DocsOptions | 'off';
  /** `REFLECTION=off` switches gRPC reflection off. Default: on. */
  readonly reflection: boolean;
  /** `TRACES=off` keeps no traces and does not serve them (docs/telemetry.md). Default: on. */
  readonly traces: boolean;
}

/**
 * Reads the settings from environment variables: `HOST`, `PORT`, `MAX_BODY_BYTES`, `DEFAULT_DEADLINE_MS`,
 * `MAX_DEADLINE_MS`, `REST_ERRORS`, `SHUTDOWN_GRACE_MS`, `EDGE_ACCESS`, `DOCS`, `API_TITLE`, `API_VERSION`, `REFLECTION`, `TRACES`,
 * those of `PortSettings`, and the file that `EDGE_CONFIG` names. `NATS_URL` and `LOG_LEVEL` are read by the bus and the
 * logger.
 *
 * @throws TypeError naming the variable, or the file and the setting in it
 */
export function readConfig(env: Environment): EdgeConfig {
  const { maxBodyBytes, deadline } = defaultLimits;
  const whole = (name: string, standard: number, { min, max }: { min: number; max: number }): number =>
    readWhole(env, { name, standard, min, max });
  const defaultMs = whole('DEFAULT_DEADLINE_MS', deadline.defaultMs, { min: 1, max: maxTimerMs });
  const maxMs = whole('MAX_DEADLINE_MS', Math.max(deadline.maxMs, defaultMs), { min: 1, max: maxTimerMs });
  if (defaultMs > maxMs) {
    throw new TypeError(
      `DEFAULT_DEADLINE_MS (${defaultMs}) must not be longer than MAX_DEADLINE_MS (${maxMs})`,
    );
  }
  const host = env.HOST || '127.0.0.1';
  return {
    host,
    port: whole('PORT', 8080, { min: 0, max: 65_535 }),
    connections: readPortSettings(env),
    limits: {
      maxBodyBytes: whole('MAX_BODY_BYTES', maxBodyBytes, { min: 1, max: 2 ** 30 }),
      deadline: { defaultMs, maxMs },
    },
    errorFormat: readErrorFormat(env.REST_ERRORS),
    policies: readPolicies(env.EDGE_CONFIG, readAccess(env.EDGE_ACCESS, host)),
    shutdownGraceMs: whole('SHUTDOWN_GRACE_MS', 15_000, { min: 0, max: maxTimerMs }),
    docs: readDocs(env),
    reflection: readSwitch(env, 'REFLECTION'),
    traces: readSwitch(env, 'TRACES'),
  };
}

function readErrorFormat(text: string | undefined): ErrorFormat {
  if (text === undefined || text === '') return 'problem';
  if (text !== 'problem' && text !== 'google')
    throw new TypeError(`REST_ERRORS must be problem or google, not "${text}"`);
  return text;
}

function readAccess(text: string | undefined, host: string): Access {
  if (text === undefined || text === '') return 'authenticated';
  if (text !== 'authenticated' && text !== 'open' && text !== 'open-to-network') {
    throw new TypeError(`EDGE_ACCESS must be authenticated, open or open-to-network, not "${text}"`);
  }
  if (text === 'open' && !isLoopbackName(host)) {
    throw new TypeError(
      `EDGE_ACCESS=open lets anybody call every method, so HOST must be a loopback address such as 127.0.0.1, not "${host}". ` +
        'Configure authentication (docs/security.md), or say EDGE_ACCESS=open-to-network if you mean it',
    );
  }
  return text;
}

function readPolicies(path: string | undefined, access: Access): PolicyConfig {
  if (path === undefined || path === '') return parsePolicies(undefined, access);
  try {
    return parsePolicies({ text: readFileSync(path, 'utf8'), folder: dirname(path) }, access);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`EDGE_CONFIG, ${path}: ${reason}`, { cause: error });
  }
}
