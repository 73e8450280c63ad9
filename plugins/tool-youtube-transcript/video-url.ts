const hosts = /^((www|m|music)\.)?(youtube\.com|youtube-nocookie\.com)$/;

/** The address of a YouTube video, as it was given but for its spelling; undefined when it is none. */
export function videoUrl(text: string): string | undefined {
  const trimmed = text.trim();
  const whole = /^[a-z]+:/i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (!URL.canParse(whole)) return undefined;
  const { href, protocol, hostname, pathname, searchParams, username, password, port } = new URL(whole);
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '' || port !== '') return undefined;
  const [, first = '', second = ''] = pathname.split('/');
  const id = /^(www\.)?youtu\.be$/.test(hostname)
    ? first
    : hosts.test(hostname)
      ? ['shorts', 'live', 'embed', 'v'].includes(first)
        ? second
        : first === 'watch'
          ? (searchParams.get('v') ?? '')
          : ''
      : '';
  return /^[\w-]{1,64}$/.test(id) ? href : undefined;
}
