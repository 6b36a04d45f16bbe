# The image of mcp-backend: one program, for every role. Small, without root, and made for a read-only root file system:
# it writes to /data and /tmp only. How it is run and checked: docs/deployment.md.

# Where Node comes from, and what the program stands on. Mirrors: --build-arg NODE_IMAGE=registry.example/node:24-…
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

# The program. Its tools stay behind in this stage.
FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY nest-cli.json tsconfig.json .swcrc ormconfig.ts ./
COPY migrations migrations
COPY src src
RUN npm run build

# What it needs when it runs, and nothing else.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev
# A third of it is for those who develop: types, source maps of others, and a compiler that a plug-in would want.
RUN rm -r node_modules/typescript \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete

FROM ${BASE_IMAGE}
# The sandbox's tools (docs/sandbox.md); tini, because processes of the sandbox may leave children to process 1.
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    bubblewrap ca-certificates python3 python3-ipykernel python3-nbclient tini util-linux \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/cache/debconf /var/log/apt /var/log/dpkg.log
RUN groupadd --gid 10001 mcp \
  && useradd --uid 10001 --gid mcp --no-create-home --home-dir /data --shell /usr/sbin/nologin mcp \
  && install -d -o mcp -g mcp -m 700 /data
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=dependencies /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./

ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data LOG_FORMAT=json
# By number: Kubernetes can then see that it is not root.
USER 10001:10001
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--enable-source-maps", "dist/src/main.js"]
