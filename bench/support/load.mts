import autocannon from 'autocannon';

const CONNECTIONS = 64;

/** Requests a second that an address answers with 200, at 64 connections. */
export async function requestsPerSecond(
  url: string,
  headers: Readonly<Record<string, string>>,
  seconds: number,
): Promise<number> {
  const { requests, non2xx, errors } = await autocannon({
    url,
    headers,
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (non2xx > 0 || errors > 0) throw new Error(`${url}: ${non2xx} answers other than 200, ${errors} errors`);
  return requests.average;
}
