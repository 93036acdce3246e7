/** CPU time per call, or per message, of each process, in microseconds, user and system. */
export interface CpuShares {
  /** Of the process that makes the load. */
  readonly caller: number;
  /** Of what answers HTTP, where HTTP is measured. */
  readonly edge?: number;
  /** Of the process that has the method; 0 where the edge has it itself. */
  readonly server: number;
  /** 0 where there is none. */
  readonly broker: number;
}

/** What one window of one subject gave. */
export interface Sample {
  /** Calls, or messages of streams. */
  readonly perSecond: number;
  /** Present where one call was in flight. */
  readonly latencyUs?: { readonly p50: number; readonly p99: number };
  readonly cpuUs: CpuShares;
}
