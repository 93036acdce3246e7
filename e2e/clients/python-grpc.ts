import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DescMethod } from '@bufbuild/protobuf';

/** One call by grpcio, the gRPC of Python and of all languages that use its C core. */
export interface PythonCall {
  readonly method: DescMethod;
  readonly requests: readonly Uint8Array[];
  readonly metadata?: readonly (readonly [name: string, value: string])[];
  readonly timeoutSeconds?: number;
  /** Gives up after so many answers. */
  readonly cancelAfter?: number;
}

export interface PythonOutcome {
  /** Such as `OK` and `FAILED_PRECONDITION`. */
  readonly code: string;
  readonly text: string | null;
  readonly messages: readonly Uint8Array[];
  /** Values of `-bin` fields in base64. */
  readonly header: readonly (readonly [name: string, value: string])[];
  readonly trailer: readonly (readonly [name: string, value: string])[];
}

export interface PythonGrpc {
  call(call: PythonCall): Promise<PythonOutcome>;
  stop(): Promise<void>;
}

/** A Python that has grpcio: that of the virtual environment `BUSLINE_PYTHON`, or the system's; undefined where none has. */
export function findPython(): string | undefined {
  const { BUSLINE_PYTHON: environment } = process.env;
  const candidates = environment ? [join(environment, 'bin', 'python3'), 'python3'] : ['python3'];
  return candidates.find((python) => {
    try {
      execFileSync(python, ['-c', 'import grpc'], { stdio: 'ignore', timeout: 20_000 });
      return true;
    } catch {
      return false;
    }
  });
}

export function startPythonGrpc(python: string, address: string, caFile?: string): PythonGrpc {
  const script = fileURLToPath(new URL('grpc_client.py', import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(python, [script]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  child.stdin.write(`${JSON.stringify({ address, ca_file: caFile ?? null })}\n`);
  return {
    async call({ method, requests, metadata = [], timeoutSeconds = 10, cancelAfter }) {
      const answered = once(lines, 'line');
      const job = {
        kind: method.methodKind,
        path: `/${method.parent.typeName}/${method.name}`,
        requests: requests.map((request) => Buffer.from(request).toString('base64')),
        metadata,
        timeout_seconds: timeoutSeconds,
        cancel_after: cancelAfter ?? null,
      };
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const ended = exited.then(([code]) => {
        throw new Error(`Python ended with ${code}: ${stderr}`);
      });
      const [line] = await Promise.race([answered, ended]);
      const outcome = JSON.parse(String(line)) as Omit<PythonOutcome, 'messages'> & { messages: string[] };
      return { ...outcome, messages: outcome.messages.map((message) => Buffer.from(message, 'base64')) };
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
