/** What a command ends with, as docs/cli.md tells it. */
export const ExitCode = {
  ok: 0,
  failure: 1,
  /** The command line cannot be used. */
  usage: 2,
  /** Neither broker nor edge could be reached. */
  noConnection: 3,
  /** What was named is not there, or is more than one thing. */
  notFound: 4,
  /** The call was answered by an error. */
  callFailed: 5,
  deadline: 6,
  /** Some of many were done. */
  partlyDone: 7,
  /** A check found something, or a threshold was passed. */
  checkFailed: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
