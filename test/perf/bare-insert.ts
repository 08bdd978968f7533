import { fastify } from 'fastify';
import pg from 'pg';
import { answer } from './child.js';

/** What taking in a signal is compared with: one Fastify route that inserts one row, and no more. */
const server = fastify();

answer({
  start: async (url: string) => {
    const pool = new pg.Pool({ connectionString: url, max: 10 });
    await pool.query('CREATE TABLE public.bare (id text PRIMARY KEY, body json NOT NULL)');
    server.post('/bare', async (request, reply) => {
      const body = request.body as { eventId: string };
      await pool.query({
        name: 'insert',
        text: 'INSERT INTO public.bare (id, body) VALUES ($1, $2)',
        values: [body.eventId, JSON.stringify(body)],
      });
      return reply.code(202).send({ id: body.eventId });
    });
    return server.listen({ host: '127.0.0.1', port: 0 });
  },
});
