import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerCompatRequest } from '@busline/schemas/connectrpc/conformance/v1/server_compat';

/** An hour: what a call gets whose client asks for no deadline, which the worker can tell from one that was asked for. */
const unaskedMs = 3_600_000;

/**
 * The settings of an edge as the runner wants it.
 *
 * @param folder for the files that settings name.
 */
export async function edgeEnv(
  request: ServerCompatRequest,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const { useTls, serverCreds, clientTlsCert, messageReceiveLimit } = request;
  const file = async (name: string, content: Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  if (useTls && serverCreds === undefined) throw new Error('TLS is wanted, but no certificate came with it');
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    EDGE_ACCESS: 'open',
    DEFAULT_DEADLINE_MS: String(unaskedMs),
    MAX_DEADLINE_MS: String(unaskedMs),
    ...(messageReceiveLimit > 0 && { MAX_BODY_BYTES: String(messageReceiveLimit) }),
    ...(useTls &&
      serverCreds !== undefined && {
        TLS_CERT_FILE: await file('server.crt', serverCreds.cert),
        TLS_KEY_FILE: await file('server.key', serverCreds.key),
      }),
    ...(clientTlsCert.length > 0 && { TLS_CLIENT_CA_FILE: await file('clients.crt', clientTlsCert) }),
  };
}
