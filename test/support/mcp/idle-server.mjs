/** An MCP server that answers calls of `say`, and of those of `hang` tells no more than that they have begun. */
import { serveByHand } from './stdio-by-hand.mjs';

serveByHand({
  say: () => Promise.resolve('said'),
  hang(send, { _meta }) {
    const { progressToken } = _meta ?? {};
    if (progressToken !== undefined) {
      send({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    }
    return new Promise(() => undefined);
  },
});
