/**
 * A restart hook as its owner writes one (docs/following.md): a function of theirs, which the deployed rule calls at each
 * RoutingPublished of the set, and which tells a supervisor beside the applications.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { World } from '../../support/world/world.ts';
import { emulatedAccount } from '../../support/world/emulator.ts';
import { zipOf } from './zip.ts';

const FUNCTION = 'drill-restart';

/** Of the function in the region that controls the set. */
export const restartFunctionIn = (region: string): string =>
  `arn:aws:lambda:${region}:${emulatedAccount}:function:${FUNCTION}`;

export class RestartHook {
  readonly #server: Server;
  /** Set by the supervisor; before that nothing runs that could be restarted. */
  onPublished: (set: string) => Promise<void> = async () => undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Creates the function in each region: rules may then be deployed that call it. */
  static async open(world: World, regions: readonly string[]): Promise<RestartHook> {
    const hook: { made?: RestartHook } = {};
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (part: Buffer) => (text += part.toString('utf8')));
      request.on('end', () => {
        const { clientSet } = JSON.parse(text) as { readonly clientSet: string };
        void hook.made?.onPublished(clientSet);
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    world.owner.beforeStop(async () => {
      server.closeAllConnections();
      server.close();
    });
    hook.made = new RestartHook(server);
    await Promise.all(regions.map((region) => hook.made!.#createIn(world, region)));
    return hook.made;
  }

  async #createIn({ emulator }: World, region: string): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const code = `exports.handler = async ({ detail }) => {
  const answer = await fetch('http://127.0.0.1:${port}/', { method: 'POST', body: JSON.stringify(detail) });
  if (!answer.ok) throw new Error('the supervisor answers ' + answer.status);
};`;
    await new LambdaClient(emulator.client(region)).send(
      new CreateFunctionCommand({
        FunctionName: FUNCTION,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: `arn:aws:iam::${emulatedAccount}:role/drill-restart`,
        Code: { ZipFile: zipOf('index.js', code) },
        Timeout: 10,
      }),
    );
  }
}
