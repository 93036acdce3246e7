import { fileURLToPath } from 'node:url';
import type { SideProgram } from '../edge-subject.ts';
import type { PeerSet } from './peer-set.ts';
import { run } from './run.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const PEERS = folder('bench/peers/');
const SCHEMAS = folder('schemas/');
/** Where the repository keeps what it makes and does not commit. */
const VENV = folder('.busline/bench-python/');
const PYTHON = `${VENV}bin/python`;
const CONTRACTS = ['busline/bench/v1/note.proto', 'google/api/annotations.proto', 'google/api/http.proto'];

/** A virtual environment with the packages of bench/peers/requirements.txt, and the contract generated for Python. */
export const pythonPackages: PeerSet = {
  manifest: `${PEERS}requirements.txt`,
  stamp: `${VENV}.busline-bench`,
  step: 'pip install of bench/peers/requirements.txt',
  async install() {
    const options = { cwd: PEERS, timeoutMs: 300_000 };
    await run('python3', ['-m', 'venv', '--clear', VENV], options);
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt'], options);
    const includes = [SCHEMAS, `${SCHEMAS}third_party`].flatMap((path) => ['-I', path]);
    // Beside python itself, and so removed with it.
    const out = [`--python_out=${VENV}`, `--grpc_python_out=${VENV}`];
    await run(PYTHON, ['-m', 'grpc_tools.protoc', ...includes, ...out, ...CONTRACTS], options);
  },
};

/** A Python program that runs in a folder of bench/peers. */
export function pythonProgram(name: string, args: readonly string[]): SideProgram {
  return {
    command: PYTHON,
    args,
    cwd: `${PEERS}${name}`,
    // No compiled files in the working tree.
    env: { PYTHONPATH: VENV, PYTHONDONTWRITEBYTECODE: '1' },
  };
}
