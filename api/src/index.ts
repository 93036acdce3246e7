// For processes that run an edge.

// For those who embed the edge in a server of their own.
export { type AppOptions, createApp } from './app.ts';
export { type EdgeConfig, readConfig } from './config.ts';
export type { EdgeBus } from './edge-bus.ts';
export { type EdgeServer, type EdgeServerOptions, startEdge } from './edge-server.ts';
export { defaultLimits, type EdgeLimits } from './limits.ts';
export { createLiveRoutes, type LiveRoutes } from './live-routes.ts';
export { type LocalService, localService } from './local/local-service.ts';
export { closedPolicies, openPolicies, type PolicyConfig } from './policies/configuration/policy-config.ts';
export { createEdgePolicies, type EdgePolicies, type EdgePoliciesOptions } from './policies/edge-policies.ts';
export type { ReadyNotice } from './ready-notice.ts';
export type { RestOptions } from './rest-route.ts';
