import type { Credential } from 'dispatch/kernel';
import { checkedApiKey, checkedBaseURL, isLoopback } from '../credential-store/contract.js';

/** What the environment says of the one credential that needs no configuration file. Blank counts as absent. */
export interface GivenCredential {
  apiKey?: string;
  baseUrl?: string;
  model?: string;
  credential?: string;
  /** Hosts that the user lets keys be sent to in the clear. */
  plainHttpHosts?: readonly string[];
}

const openCodeGo = 'https://opencode.ai/zen/go/v1';
const namesByHost: Record<string, string> = { 'opencode.ai': 'opencode', 'api.openai.com': 'openai' };

/**
 * The credential made of a key and what goes with it. Without a key there is one only for a server on this machine.
 * Throws an error that says what would be right, and never shows the key.
 */
export function apiKeyCredential(given: GivenCredential): Credential | undefined {
  const text = given.apiKey?.trim() ?? '';
  const apiKey = text === '' ? undefined : checkedApiKey(text);
  const baseURL = checkedBaseURL(given.baseUrl?.trim() || openCodeGo, apiKey !== undefined, given.plainHttpHosts ?? []);
  const { hostname, pathname } = new URL(baseURL);
  if (apiKey === undefined && !isLoopback(hostname)) return undefined;
  const name = given.credential?.trim() || namesByHost[hostname] || 'default';
  if (!/^[^/\s]+$/.test(name)) throw new Error('its name (DISPATCH_CREDENTIAL) must be one word without "/"');
  const standard = hostname === 'opencode.ai' && pathname.startsWith('/zen/go') ? 'deepseek-v4-flash' : undefined;
  const defaultModel = bare(given.model?.trim() ?? '', name) || standard;
  return {
    name,
    provider: 'openai-compat',
    baseURL,
    ...(apiKey !== undefined && { apiKey }),
    ...(defaultModel !== undefined && { defaultModel }),
  };
}

/** A model may also be given by its full name. */
const bare = (model: string, credential: string): string =>
  model.startsWith(`${credential}/`) ? model.slice(credential.length + 1) : model;
