/** What a process that started an edge hears over its IPC channel. */
export interface ReadyNotice {
  readonly type: 'ready';
  /** The port that was had, also where any free one was asked for. */
  readonly port: number;
}
