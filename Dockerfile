# One image for every service: CURFEW_SERVICE chooses which it runs. `migrate` as its argument runs the migrations only.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY libs ./libs
COPY apps ./apps
RUN npm run build

FROM node:22-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Optional dependencies are the embedded PostgreSQL's binaries, for which a container has no use.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund && npm cache clean --force

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY scripts/service.mjs scripts/endpoints.mjs ./scripts/
COPY docs/openapi ./docs/openapi
COPY docs/policy-document.schema.json ./docs/
COPY apps/signals/mappings ./apps/signals/mappings
ARG SERVICE=embedded
ENV CURFEW_SERVICE=$SERVICE CURFEW_HOST=0.0.0.0 CURFEW_BASE_PORT=4100
USER node
EXPOSE 4100-4106
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/service.mjs", "health"]
# The second flag as in scripts/processes.mjs.
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=32", "scripts/service.mjs"]
