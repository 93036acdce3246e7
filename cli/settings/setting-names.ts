/** What can be configured, in the order in which it is shown. */
export const settingNames = ['edge', 'nats', 'prefix', 'token', 'tokenFile', 'deadline'] as const;

export type SettingName = (typeof settingNames)[number];

/** What each is, in a few words. */
export const settingMeanings: Readonly<Record<SettingName, string>> = {
  edge: 'address of the HTTP edge',
  nats: 'addresses of the broker, separated by commas',
  prefix: 'first tokens of every subject',
  token: 'bearer token for the edge, from the environment only',
  tokenFile: 'file that holds the token',
  deadline: 'how long a call may take, such as 500ms or 10s',
};
