/** For a page that was found good: it may read the answer. Nobody else gets any of these, and never `*`. */
export function corsHeaders(origin: string, isPreflight: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'X-Conversation-Id',
    Vary: 'Origin',
  };
  if (isPreflight) {
    headers['Access-Control-Allow-Methods'] = 'GET, POST, PUT, DELETE';
    headers['Access-Control-Allow-Headers'] = 'content-type, authorization';
    headers['Access-Control-Max-Age'] = '600';
  }
  return headers;
}
