import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestCertificates, startNats } from '@busline/bus/testing';
import { type EdgeProcess, startEdgeProcess } from '../system/edge-process.ts';
import { startWorkerProcess } from '../system/worker-process.ts';

/** Two edges over one bus, without and with TLS; behind them the conformance service, which answers as it is asked to. */
export interface Edges extends AsyncDisposable {
  /** `http://127.0.0.1:…` */
  readonly cleartext: string;
  /** `https://127.0.0.1:…` */
  readonly tls: string;
  /** The authority of the TLS certificate, PEM, and the same as a file. */
  readonly ca: string;
  readonly caFile: string;
  /** The broker, for whoever wants to serve more. */
  readonly natsUrl: string;
}

export interface EdgesOptions {
  /** Settings of both edges. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startEdges({ env = {} }: EdgesOptions = {}): Promise<Edges> {
  const { ca, server } = createTestCertificates();
  const folder = await mkdtemp(join(tmpdir(), 'busline-clients-'));
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const [certFile, keyFile, caFile] = await Promise.all([
    file('server.crt', server.cert),
    file('server.key', server.key),
    file('ca.crt', ca),
  ]);
  const nats = await startNats();
  const worker = await startWorkerProcess({
    entry: fileURLToPath(new URL('../conformance/worker/main.ts', import.meta.url)),
    natsUrl: nats.url,
    env: { LOG_LEVEL: 'error' },
  });
  const common = { NATS_URL: nats.url, EDGE_ACCESS: 'open', LOG_LEVEL: 'error', ...env };
  const edges: EdgeProcess[] = await Promise.all([
    startEdgeProcess(common),
    startEdgeProcess({ ...common, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }),
  ]);
  const [cleartext, tls] = edges.map(({ port }) => `127.0.0.1:${port}`);
  return {
    cleartext: `http://${cleartext}`,
    tls: `https://${tls}`,
    ca,
    caFile,
    natsUrl: nats.url,
    async [Symbol.asyncDispose]() {
      await Promise.all(edges.map((edge) => edge.stop()));
      worker.signal('SIGTERM');
      await worker.exited;
      await nats.stop();
      await rm(folder, { recursive: true });
    },
  };
}
