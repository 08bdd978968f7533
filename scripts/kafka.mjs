// A real Apache Kafka (KRaft, one node) without Docker: the jars come from Maven Central, once for all stacks of a user.
// Three things make it start in a second: a formatted log directory is copied instead of made by a JVM of its own, the
// JVM loads its classes from an archive, and compiles no further than C1 needs.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { startDaemon } from './daemon.mjs';
import { javaArgs, kafkaKit, serverProperties, uuid } from './kafka/kit.mjs';
import { freePort } from './postgres.mjs';

/**
 * @param {{folder: string, port?: number, log?: (line: string) => void}} options
 * @returns {Promise<import('./daemon.mjs').Daemon & {brokers: string}>}
 */
export async function startKafka({ folder, port, log }) {
  const kit = await kafkaKit(log);
  const data = path.join(folder, 'data');
  const properties = path.join(folder, 'server.properties');
  const daemon = await startDaemon({
    name: 'kafka',
    folder,
    ports: async () => [port ?? (await freePort()), await freePort()],
    prepare([at, controllerPort]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(properties, serverProperties({ port: at, controllerPort, data }));
      if (!formatted(data)) format(kit.formatted, data);
    },
    command: () => ({ file: 'java', args: [...javaArgs(kit), 'kafka.Kafka', properties] }),
    answers: async ([at], read) => read().includes('Kafka Server started') && (await open(at)),
    wipe: () => rmSync(data, { recursive: true, force: true }),
  });
  return Object.assign(daemon, { brokers: `127.0.0.1:${daemon.port}` });
}

function formatted(data) {
  try {
    return readFileSync(path.join(data, 'meta.properties'), 'utf8').includes('cluster.id=');
  } catch {
    return false;
  }
}

/** The marker goes last: a copy that was interrupted is made again. */
function format(template, data) {
  rmSync(data, { recursive: true, force: true });
  cpSync(template, data, { recursive: true, filter: (file) => !file.endsWith('meta.properties') });
  writeFileSync(
    path.join(data, 'meta.properties'),
    `version=1\nnode.id=1\ncluster.id=${uuid()}\ndirectory.id=${uuid()}\n`,
  );
}

function open(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true) || socket.destroy());
    socket.once('error', () => resolve(false));
  });
}
