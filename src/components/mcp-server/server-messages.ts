import { type Client, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import { AppError } from '../../common/errors/app-error';
import type { Exchanges } from './exchange';

/** How long a server may take to agree to tell its changes; one that does not is asked again by time alone. */
const LISTEN_MS = 5000;

/** How the SDK tells of an answer with the id of no question. */
const UNASKED = 'Received a response for an unknown message ID';

/** Who hears what a server says by itself. */
export interface ServerListener {
  /** Of the server, for messages. */
  readonly name: string;
  readonly onListChanged: (list: 'tools' | 'prompts' | 'resources') => void;
}

/** Takes what a server says by itself to whom it is for, and refuses what it asks for. */
export function listenToServer(client: Client, exchanges: Exchanges, listener: ServerListener): void {
  client.setNotificationHandler('notifications/message', ({ params }) => {
    exchanges.addressee?.context.events.message(params);
  });
  for (const list of ['tools', 'prompts', 'resources'] as const) {
    client.setNotificationHandler(`notifications/${list}/list_changed`, () => {
      listener.onListChanged(list);
    });
  }
  client.fallbackRequestHandler = ({ method }) => {
    exchanges.addressee?.context.events.refused(method);
    return Promise.reject(
      new ProtocolError(
        ProtocolErrorCode.MethodNotFound,
        `mcp-backend has no user at hand and no model to lend: it does not answer ${method}`,
      ),
    );
  };
  client.onerror = (error) => {
    tellFault(error, exchanges, listener.name);
  };
}

/** Of what goes wrong beside an answer, nobody else reports an unreadable message, and an answer to something else. */
function tellFault(error: Error, exchanges: Exchanges, name: string): void {
  if (error.message.startsWith(UNASKED)) {
    const unasked = new AppError('PROTOCOL_ERROR', `${name} answered a question that it was not asked`);
    exchanges.current?.fail(unasked);
    return;
  }
  if (!(error instanceof SyntaxError) && !error.name.endsWith('ZodError')) return;
  const unreadable = new AppError('PROTOCOL_ERROR', `${name} sent a message that is not MCP`, {
    cause: error,
  });
  const { addressee } = exchanges;
  if (addressee === null) exchanges.failAll(unreadable);
  else addressee.fail(unreadable);
}

/** In the newer era changes are told only to those who asked; in the earlier one to everybody. */
export function subscribeToChanges(client: Client): void {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  const wanted = {
    ...(tools?.listChanged === true && { toolsListChanged: true }),
    ...(prompts?.listChanged === true && { promptsListChanged: true }),
    ...(resources?.listChanged === true && { resourcesListChanged: true }),
  };
  if (client.getProtocolEra() !== 'modern' || Object.keys(wanted).length === 0) return;
  // Not waited for, and without it the lists are read again by time.
  client.listen(wanted, { timeout: LISTEN_MS }).catch(() => undefined);
}
